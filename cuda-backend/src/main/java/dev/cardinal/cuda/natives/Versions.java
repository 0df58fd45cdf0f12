package dev.cardinal.cuda.natives;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Versions in file names. */
final class Versions {
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private Versions() {}

  /** Orders names by the numbers in them, one after the other. */
  static int compare(String a, String b) {
    List<Long> left = numbers(a);
    List<Long> right = numbers(b);
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int c = Long.compare(left.get(i), right.get(i));
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  private static List<Long> numbers(String s) {
    List<Long> all = new ArrayList<>();
    Matcher m = NUMBER.matcher(s);
    while (m.find()) {
      all.add(m.group().length() > 18 ? Long.MAX_VALUE : Long.parseLong(m.group()));
    }
    return all;
  }
}
