package dev.cardinal.command;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code cardinal} command. Exit code 0 for success, 2 for wrong usage, 1 for any other failure, with one line on the error stream. */
@Command(name = "cardinal", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
    description = "Trains grouped convolutional networks, on any CPU.", synopsisSubcommandLabel = "COMMAND",
    subcommands = {TrainCommand.class, EvalCommand.class, PredictCommand.class, BenchCommand.class, PlanCommand.class, ZooCommand.class, SummaryCommand.class, OnnxCommand.class, DevicesCommand.class, DoctorCommand.class,
        VersionCommand.class, CommandLine.HelpCommand.class},
    footer = {"", "Start with 'cardinal train': it needs no argument and no data.", "'cardinal COMMAND --help' tells all about a command."})
public final class Cardinal implements Runnable {
  @Spec
  private CommandSpec spec;

  /** Without a command there is nothing to do but to say so. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command: train, eval, predict, bench, plan, zoo, summary, onnx, devices, doctor or version");
  }

  /** Runs the command and exits. */
  public static void main(String[] args) {
    System.setProperty("java.awt.headless", "true");
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.err), true, StandardCharsets.UTF_8);
    int code = run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    out.flush();
    System.exit(code);
  }

  /** Runs the command with the given streams. Returns the exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Cardinal())
        .setOut(out).setErr(err)
        .setUsageHelpAutoWidth(true)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Failures::wrongUsage)
        .setExecutionExceptionHandler(Failures::failed)
        .execute(args);
  }
}
