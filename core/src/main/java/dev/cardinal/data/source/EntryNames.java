package dev.cardinal.data.source;

import dev.cardinal.data.DataException;

/** The names of archive entries, which strangers choose. */
final class EntryNames {
  private EntryNames() {}

  /**
   * The name with {@code /} between its parts and no {@code .} parts. Archives are never unpacked, so a name that leaves the archive could do
   * no harm; it is refused all the same, because no honest data set has one.
   *
   * @throws DataException if the name is absolute or has a {@code ..} part
   */
  static String checked(String archive, String name) throws DataException {
    String plain = name.replace('\\', '/');
    StringBuilder out = new StringBuilder();
    boolean drive = plain.length() > 1 && plain.charAt(1) == ':' && Character.isLetter(plain.charAt(0));
    if (plain.startsWith("/") || drive || plain.indexOf('\0') >= 0) {
      throw escape(archive, name);
    }
    for (String part : plain.split("/")) {
      if (part.equals("..")) {
        throw escape(archive, name);
      }
      if (!part.isEmpty() && !part.equals(".")) {
        out.append(out.length() == 0 ? "" : "/").append(part);
      }
    }
    return out.toString();
  }

  private static DataException escape(String archive, String name) {
    return new DataException(archive + " holds an entry named '" + name.replace('\0', '?')
        + "', which points outside the archive; pack the data set again with relative names");
  }
}
