package dev.cardinal.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ServiceConfigurationError;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands have: help, {@code --json}, {@code --verbose}, and where words and results go. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false, showDefaultValues = false, usageHelpWidth = 110)
abstract class BaseCommand implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();

  @Spec
  CommandSpec spec;

  @Option(names = "--json", order = 90, description = "Print one JSON object per result on the output; all words go to the error stream.")
  boolean json;

  @Option(names = "--verbose", order = 91, description = "Show where an error came from.")
  boolean verbose;

  @Override
  public final Integer call() throws Exception {
    try {
      return execute();
    } catch (OutOfMemoryError e) {
      throw new Failures.OutOfMemory(e);
    } catch (LinkageError | ServiceConfigurationError e) {
      throw new java.io.IOException("the installation is incomplete (" + e.getMessage() + "); build it again", e);
    }
  }

  /** Does the work. Returns the exit code. */
  abstract int execute() throws Exception;

  /** Where words for people go. */
  final PrintWriter words() {
    return json ? spec.commandLine().getErr() : spec.commandLine().getOut();
  }

  final void say(String format, Object... args) {
    words().println(args.length == 0 ? format : String.format(java.util.Locale.ROOT, format, args));
  }

  /** Prints a result as one line of JSON, if JSON was asked for. */
  final void result(ObjectNode node) throws java.io.IOException {
    if (json) {
      spec.commandLine().getOut().println(JSON.writeValueAsString(node));
    }
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  final ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** A value that only wrong usage keeps from existing, such as a network by its name. */
  final <T> T asked(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
