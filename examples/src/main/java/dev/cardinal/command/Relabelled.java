package dev.cardinal.command;

import dev.cardinal.data.DataException;
import dev.cardinal.data.Dataset;
import dev.cardinal.data.Image;
import dev.cardinal.data.Region;
import java.io.IOException;
import java.util.List;

/** A data set whose labels number the classes as a network does; they are matched by name. */
final class Relabelled implements Dataset {
  private final Dataset base;
  private final List<String> classes;
  private final int[] toNetwork;

  private Relabelled(Dataset base, List<String> classes, int[] toNetwork) {
    this.base = base;
    this.classes = classes;
    this.toNetwork = toNetwork;
  }

  /**
   * The data set with the network's classes.
   *
   * @throws DataException if the network does not know one of its classes
   */
  static Dataset to(List<String> network, Dataset data, String title) throws DataException {
    int[] map = new int[data.classes().size()];
    for (int c = 0; c < map.length; c++) {
      map[c] = network.indexOf(data.classes().get(c));
      if (map[c] < 0) {
        List<String> shown = network.stream().limit(12).toList();
        throw new DataException(title + " has the class '" + data.classes().get(c) + "', which the network does not know; its classes are " + String.join(", ", shown)
            + (shown.size() < network.size() ? ", …" : ""));
      }
    }
    return new Relabelled(data, network, map);
  }

  @Override
  public int size() {
    return base.size();
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int label(int i) {
    return toNetwork[base.label(i)];
  }

  @Override
  public String name(int i) {
    return base.name(i);
  }

  @Override
  public Image image(int i) throws IOException {
    return base.image(i);
  }

  @Override
  public Image part(int i, Region.Choice choice) throws IOException {
    return base.part(i, choice);
  }

  @Override
  public int channels() {
    return base.channels();
  }

  @Override
  public void close() throws IOException {
    base.close();
  }
}
