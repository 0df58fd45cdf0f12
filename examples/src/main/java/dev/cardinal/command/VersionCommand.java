package dev.cardinal.command;

import picocli.CommandLine.Command;

/** Says which version this is. */
@Command(name = "version", description = "Says which version this is.")
final class VersionCommand extends BaseCommand {
  @Override
  int execute() throws Exception {
    if (json) {
      result(object().put("cardinal", Version.cardinal()).put("java", Version.java()));
    } else {
      say("cardinal %s, Java %s", Version.cardinal(), Version.java());
    }
    return 0;
  }
}
