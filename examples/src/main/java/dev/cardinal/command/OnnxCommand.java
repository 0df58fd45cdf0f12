package dev.cardinal.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Networks to and from ONNX files. */
@Command(name = "onnx", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false, description = "Networks to and from ONNX files.", synopsisSubcommandLabel = "COMMAND",
    subcommands = {OnnxExportCommand.class, OnnxInfoCommand.class, OnnxRunCommand.class, OnnxCheckCommand.class, CommandLine.HelpCommand.class})
final class OnnxCommand implements Runnable {
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command: export, info, run or check");
  }
}
