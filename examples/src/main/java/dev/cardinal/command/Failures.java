package dev.cardinal.command;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.op.ShapeException;
import dev.cardinal.parallel.SplitException;
import dev.cardinal.train.DivergedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns whatever went wrong into one line and an exit code. */
final class Failures {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  private Failures() {}

  static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + oneLine(e.getMessage()) + suggestion(e) + " (see '" + command.getCommandSpec().qualifiedName() + " --help')");
    return WRONG_USAGE;
  }

  private static String suggestion(ParameterException e) {
    java.io.StringWriter text = new java.io.StringWriter();
    return CommandLine.UnmatchedArgumentException.printSuggestions(e, new java.io.PrintWriter(text, true)) ? "; " + oneLine(text.toString()) : "";
  }

  static int failed(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof ParameterException usage) {
      return wrongUsage(usage, new String[0]);
    }
    if (e instanceof SplitException) {
      return wrongUsage(new ParameterException(command, e.getMessage(), e), new String[0]);
    }
    command.getErr().println("cardinal: " + oneLine(sentence(e)));
    if (command.getCommandSpec().userObject() instanceof BaseCommand base && base.verbose) {
      e.printStackTrace(command.getErr());
    }
    return FAILED;
  }

  /** What to tell a person. */
  static String sentence(Throwable e) {
    if (e instanceof UncheckedIOException u) {
      return sentence(u.getCause());
    }
    if (e instanceof FileSystemException f) {
      return ofFile(f);
    }
    boolean expected = e instanceof IOException || e instanceof DeviceException || e instanceof ShapeException || e instanceof DivergedException || e instanceof IllegalArgumentException
        || e instanceof OutOfMemory;
    return expected && e.getMessage() != null ? e.getMessage() : "unexpected " + e + "; run again with --verbose to see where, and please report it";
  }

  private static String ofFile(FileSystemException f) {
    String file = f.getFile();
    if (f instanceof NoSuchFileException) {
      return file + " does not exist";
    }
    if (f instanceof AccessDeniedException) {
      return "no permission for " + file;
    }
    if (f instanceof FileAlreadyExistsException || f instanceof NotDirectoryException) {
      return file + " exists already and is no folder; move it or name another place";
    }
    return "cannot write " + (f.getOtherFile() == null ? file : f.getOtherFile()) + ": " + f.getReason();
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }

  /** The Java heap or native memory is used up. */
  static final class OutOfMemory extends RuntimeException {
    private static final long serialVersionUID = 1;

    OutOfMemory(OutOfMemoryError e) {
      super("out of memory (" + e.getMessage() + "); use a smaller --batch or --size, or give Java more with CARDINAL_JAVA_OPTS=-Xmx8g", e);
    }
  }
}
