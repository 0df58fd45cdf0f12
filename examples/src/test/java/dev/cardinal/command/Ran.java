package dev.cardinal.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * One run of the command within this process.
 *
 * @param code exit code
 * @param out what it wrote to the output
 * @param err what it wrote to the error stream
 */
record Ran(int code, String out, String err) {
  private static final JsonMapper JSON = new JsonMapper();

  static Ran cardinal(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    int code = Cardinal.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
    return new Ran(code, out.toString(), err.toString());
  }

  /** A few seconds of training into a folder, with more arguments if wanted. */
  static Ran train(Path out, Object... more) {
    Object[] few = {"train", "--net", "lenet5", "--device", "cpu:reference", "--limit", 48, "--batch", 16, "--size", 12, "--out", out};
    Object[] all = java.util.Arrays.copyOf(few, few.length + more.length);
    System.arraycopy(more, 0, all, few.length, more.length);
    return cardinal(all);
  }

  /** The output as one JSON object. */
  JsonNode json() throws IOException {
    String text = out.strip();
    if (text.contains("\n")) {
      throw new AssertionError("more than one line on the output: " + text);
    }
    return JSON.readTree(text);
  }

  /** The only line on the error stream. */
  String line() {
    String text = err.strip();
    if (text.contains("\n") || text.isEmpty()) {
      throw new AssertionError("not one line on the error stream: " + text);
    }
    return text;
  }

  /** The same without the notes on data. */
  Ran withoutNotes() {
    return new Ran(code, out, err.replaceAll("(?m)^note: .*\\R", ""));
  }

  /** Draws a picture of one colour. */
  static Path picture(Path file, int rgb) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, rgb ^ i);
    }
    ImageIO.write(image, "png", file.toFile());
    return file;
  }
}
