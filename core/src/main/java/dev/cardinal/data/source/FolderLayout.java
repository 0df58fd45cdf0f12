package dev.cardinal.data.source;

import dev.cardinal.data.DataException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds splits and classes in the paths of a tree: {@code <split>/<class>/…/file} or {@code <class>/…/file}, either below one more
 * folder if everything lies in that. A folder called {@code train} is a split only if it has folders of its own, so that a class may be
 * called so too. Hidden files and what operating systems leave behind are not seen.
 */
final class FolderLayout {
  private static final List<String> TRAIN = List.of("train", "training");
  // In order of preference: where both exist, the test pictures are often unlabelled or meant for the very end.
  private static final List<String> TEST = List.of("val", "valid", "validation", "test", "testing");
  private static final List<String> IMAGE_NAMES = List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp");

  /**
   * A file with its class.
   *
   * @param file the file
   * @param label index into the classes
   */
  record Labelled(FileTree.Entry file, int label) {}

  private final String title;
  private final List<FileTree.Entry> files = new ArrayList<>();
  private final SortedSet<String> directories = new TreeSet<>();
  private final List<String> warnings = new ArrayList<>();
  private List<String> classes = List.of();
  private List<Labelled> train = List.of();
  private List<Labelled> test = List.of();

  /** @throws DataException if the tree has no such layout, fewer than two classes, or splits with different classes */
  FolderLayout(FileTree tree) throws DataException {
    title = tree.title();
    for (FileTree.Entry e : tree.files()) {
      if (isVisible(e.path())) {
        files.add(e);
        for (int i = e.path().indexOf('/'); i > 0; i = e.path().indexOf('/', i + 1)) {
          directories.add(e.path().substring(0, i));
        }
      }
    }
    for (String d : tree.directories()) {
      if (isVisible(d)) {
        directories.add(d);
      }
    }
    find();
  }

  /** Sorted class names. */
  List<String> classes() {
    return classes;
  }

  /** The training files, or all files if there is only one split. */
  List<Labelled> train() {
    return train;
  }

  /** The test files; empty if there is only one split. */
  List<Labelled> test() {
    return test;
  }

  /** What a person should know about the layout. */
  List<String> warnings() {
    return warnings;
  }

  private static boolean isVisible(String path) {
    for (String part : path.split("/")) {
      if (part.startsWith(".") || part.equals("__MACOSX") || part.equals("Thumbs.db") || part.equals("desktop.ini")) {
        return false;
      }
    }
    return true;
  }

  private void find() throws DataException {
    SortedSet<String> top = foldersIn("");
    String only = top.size() == 1 ? top.first() + "/" : "";
    String base = splits("").isEmpty() ? only : "";
    SortedMap<String, String> splits = splits(base);
    if (splits.isEmpty()) {
      unsplit(base.isEmpty() || foldersIn(base).isEmpty() ? "" : base);
      return;
    }
    String trainName = first(splits, TRAIN);
    String testName = first(splits, TEST);
    if (trainName == null || testName == null) {
      String there = trainName == null ? testName : trainName;
      warnings.add(title + " has only the split '" + there + "'; a tenth of it is held out for testing");
      unsplit(base + there + "/");
      return;
    }
    if (splits.size() > 2) {
      warnings.add(title + " has the splits " + splits.values() + "; '" + trainName + "' and '" + testName + "' are used");
    }
    SortedSet<String> trainClasses = foldersIn(base + trainName + "/");
    SortedSet<String> testClasses = foldersIn(base + testName + "/");
    requireSame(trainName, trainClasses, testName, testClasses);
    requireSame(testName, testClasses, trainName, trainClasses);
    setClasses(trainClasses);
    train = labelled(base + trainName + "/", true);
    test = labelled(base + testName + "/", false);
    if (test.isEmpty()) {
      throw new DataException(title + ": the split '" + testName + "' has class folders but no files; fill it or remove it");
    }
  }

  private void unsplit(String base) throws DataException {
    setClasses(foldersIn(base));
    train = labelled(base, true);
  }

  private void setClasses(SortedSet<String> names) throws DataException {
    if (names.isEmpty()) {
      throw new DataException(title + " holds no images in class folders; expected <class>/picture.jpg or <train|test>/<class>/picture.jpg");
    }
    if (names.size() == 1) {
      throw new DataException(title + " has one class only ('" + names.first() + "'); a classifier needs at least two class folders");
    }
    classes = List.copyOf(names);
  }

  private void requireSame(String name, SortedSet<String> names, String other, SortedSet<String> others) throws DataException {
    for (String c : names) {
      if (!others.contains(c)) {
        throw new DataException(title + ": the split '" + name + "' has the class '" + c + "', which '" + other
            + "' lacks; both need the same class folders");
      }
    }
  }

  private List<Labelled> labelled(String base, boolean everyClass) throws DataException {
    List<Labelled> found = new ArrayList<>();
    int[] count = new int[classes.size()];
    List<String> loose = new ArrayList<>();
    for (FileTree.Entry e : files) {
      if (e.path().startsWith(base)) {
        int end = e.path().indexOf('/', base.length());
        if (end < 0) {
          if (IMAGE_NAMES.stream().anyMatch(e.path().toLowerCase(Locale.ROOT)::endsWith)) {
            loose.add(e.path());
          }
          continue;
        }
        int label = Collections.binarySearch(classes, e.path().substring(base.length(), end));
        found.add(new Labelled(e, label));
        count[label]++;
      }
    }
    if (!loose.isEmpty()) {
      warnings.add(title + ": " + loose.size() + " images lie in no class folder and are not used, the first is " + loose.get(0));
    }
    for (int c = 0; c < count.length; c++) {
      if (count[c] == 0) {
        String message = title + ": the class folder " + base + classes.get(c) + " is empty";
        if (everyClass) {
          throw new DataException(message + "; fill it or remove it");
        }
        warnings.add(message);
      }
    }
    return found;
  }

  /** Names of the folders directly in a folder, which is empty or ends with {@code /}. */
  private SortedSet<String> foldersIn(String base) {
    SortedSet<String> names = new TreeSet<>();
    for (String d : directories.tailSet(base)) {
      if (!d.startsWith(base)) {
        break;
      }
      if (d.indexOf('/', base.length()) < 0) {
        names.add(d.substring(base.length()));
      }
    }
    return names;
  }

  /** The split folders in a folder, by their name in lower case. */
  private SortedMap<String, String> splits(String base) {
    SortedMap<String, String> found = new TreeMap<>();
    for (String name : foldersIn(base)) {
      String key = name.toLowerCase(Locale.ROOT);
      if ((TRAIN.contains(key) || TEST.contains(key)) && !foldersIn(base + name + "/").isEmpty()) {
        found.put(key, name);
      }
    }
    return found;
  }

  private static String first(SortedMap<String, String> splits, List<String> names) {
    for (String n : names) {
      if (splits.containsKey(n)) {
        return splits.get(n);
      }
    }
    return null;
  }
}
