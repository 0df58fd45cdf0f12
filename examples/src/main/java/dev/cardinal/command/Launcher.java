package dev.cardinal.command;

import java.util.List;
import java.util.stream.Collectors;

/** How the command is called here, for hints that can be typed as they are. */
final class Launcher {
  private Launcher() {}

  /** As the launcher was called. */
  static String name() {
    return System.getProperty("cardinal.launcher", "cardinal");
  }

  /** Arguments as a shell takes them. */
  static String quoted(List<String> arguments) {
    return arguments.stream().map(a -> a.matches("[A-Za-z0-9_@%+=:,./-]+") ? a : "'" + a.replace("'", "'\\''") + "'").collect(Collectors.joining(" "));
  }
}
