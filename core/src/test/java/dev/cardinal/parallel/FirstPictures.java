package dev.cardinal.parallel;

import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import java.io.IOException;
import java.util.List;

/** The first pictures of a data set. */
record FirstPictures(Dataset all, int size) implements Dataset {
  @Override
  public List<String> classes() {
    return all.classes();
  }

  @Override
  public int label(int i) {
    return all.label(i);
  }

  @Override
  public String name(int i) {
    return all.name(i);
  }

  @Override
  public Image image(int i) throws IOException {
    return all.image(i);
  }

  @Override
  public int channels() {
    return all.channels();
  }

  @Override
  public void close() throws IOException {
    all.close();
  }
}
