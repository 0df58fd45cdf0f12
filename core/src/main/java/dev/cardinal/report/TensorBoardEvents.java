package dev.cardinal.report;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * An event file that TensorBoard reads while it grows: {@code tensorboard --logdir runs}. Each record is framed as TFRecord does it
 * (tensorflow/core/lib/io/record_writer.h): length, masked CRC-32C of the length, an {@code Event} message
 * (tensorflow/core/util/event.proto), masked CRC-32C of the message. Not safe for use by several threads.
 */
public final class TensorBoardEvents implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;

  /**
   * Starts a new event file in a folder, which is created if missing.
   *
   * @param folder the run's folder
   * @param resumedFrom 0 for a new run; else the last step that counts, and TensorBoard drops what earlier files in the folder have after it
   */
  public TensorBoardEvents(Path folder, long resumedFrom) throws IOException {
    if (!Files.isDirectory(folder)) { // Java 17 refuses to "create" a link to a folder
      Files.createDirectories(folder);
    }
    Path created = null;
    FileChannel opened = null;
    for (int i = 0; opened == null; i++) {
      long seconds = System.currentTimeMillis() / 1000;
      created = folder.resolve("events.out.tfevents.%010d.%d.%d.cardinal".formatted(seconds, ProcessHandle.current().pid(), i));
      try {
        opened = FileChannel.open(created, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException e) {
        continue; // another run of this process began within the same second
      }
    }
    file = created;
    channel = opened;
    append(event(0).text(3, "brain.Event:2"));
    if (resumedFrom > 0) {
      append(event(resumedFrom + 1).message(7, new ProtoBytes().integer(1, 1))); // session_log { status: START }
    }
  }

  /** The file written to. */
  public Path file() {
    return file;
  }

  /** Adds one point to the curve {@code tag}, as in {@code loss/train}. NaN is not written. */
  public void scalar(String tag, long step, double value) throws IOException {
    if (!Double.isNaN(value)) {
      summary(step, new ProtoBytes().text(1, tag).number(2, (float) value));
    }
  }

  /** Adds a picture. */
  public void image(String tag, long step, BufferedImage image) throws IOException {
    int colorspace = image.getColorModel().getNumComponents(); // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
    summary(step, new ProtoBytes().text(1, tag).message(4, new ProtoBytes()
        .integer(1, image.getHeight())
        .integer(2, image.getWidth())
        .integer(3, colorspace)
        .bytes(4, Png.encode(image))));
  }

  /** Adds every measured quantity of an epoch, at the step of its number. */
  public void epoch(EpochStats e) throws IOException {
    scalar("loss/train", e.epoch(), e.trainLoss());
    scalar("loss/test", e.epoch(), e.testLoss());
    scalar("top1/train", e.epoch(), e.trainTop1());
    scalar("top1/test", e.epoch(), e.testTop1());
    scalar("top5/test", e.epoch(), e.testTop5());
    scalar("learning_rate", e.epoch(), e.learningRate());
    scalar("images_per_second", e.epoch(), e.imagesPerSecond());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void summary(long step, ProtoBytes value) throws IOException {
    append(event(step).message(5, new ProtoBytes().message(1, value)));
  }

  private static ProtoBytes event(long step) {
    return new ProtoBytes().number(1, System.currentTimeMillis() / 1000.0).integer(2, step);
  }

  private void append(ProtoBytes event) throws IOException {
    byte[] message = event.toByteArray();
    byte[] length = ProtoBytes.little(8).putLong(0, message.length).array();
    ByteBuffer frame = ProtoBytes.little(16 + message.length);
    frame.put(length).putInt(maskedCrc(length)).put(message).putInt(maskedCrc(message)).flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** A CRC stored beside data that may itself hold CRCs is rotated and offset, lest the CRC of the whole lose its strength. */
  private static int maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }
}
