package dev.cardinal.data;

import java.io.IOException;
import java.util.List;

/**
 * Labelled pictures with random access, numbered from 0. All methods are safe to call from several threads at once. Images of one data
 * set have the same number of channels; their sizes may differ.
 */
public interface Dataset extends AutoCloseable {
  /** How many samples there are; at least one. */
  int size();

  /** The class names; label {@code k} means {@code classes().get(k)}. */
  List<String> classes();

  /** The label of sample {@code i}, an index into {@link #classes()}. */
  int label(int i);

  /** A name for sample {@code i} that a person can find it by: a path inside the source, or its number. */
  String name(int i);

  /**
   * The picture of sample {@code i}. It may be shared with other callers: never write into it.
   *
   * @throws DataException if it cannot be decoded and the data set was told to fail on that
   * @throws IOException if the source cannot be read
   */
  Image image(int i) throws IOException;

  /**
   * A part of the picture of sample {@code i}: as {@code choice.of(height, width).of(image(i))}, but a data set that decodes when asked need not decode the rest.
   *
   * @throws DataException as {@link #image}
   * @throws IOException as {@link #image}
   */
  default Image part(int i, Region.Choice choice) throws IOException {
    Image whole = image(i);
    return choice.of(whole.height(), whole.width()).of(whole);
  }

  /** Channels of every image: 1 or 3. Grey pictures in image folders are handed out with 3. */
  int channels();

  /** Closes the files behind the data set; closing twice is allowed. */
  @Override
  void close() throws IOException;
}
