package dev.cardinal.command;

import dev.cardinal.train.TestViews;
import picocli.CommandLine.Option;

/** What a network is shown of each picture. */
final class ViewOptions {
  @Option(names = "--mirror-test", description = "Average the probabilities of each picture with those of its mirror image.")
  boolean mirror;

  @Option(names = "--shift-test", description = "Average the probabilities of each picture with those of two copies shifted by a pixel.")
  boolean shift;

  TestViews views() {
    return new TestViews(mirror, shift);
  }
}
