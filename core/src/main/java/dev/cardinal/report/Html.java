package dev.cardinal.report;

/** Text that came from outside (file names, class names, arguments) on its way into a page. */
final class Html {
  private Html() {}

  /** The text with everything escaped that could end an element or a quoted attribute; control characters become U+FFFD. */
  static String escape(String text) {
    StringBuilder s = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> s.append("&amp;");
        case '<' -> s.append("&lt;");
        case '>' -> s.append("&gt;");
        case '"' -> s.append("&quot;");
        case '\'' -> s.append("&#39;");
        case '\t', '\n' -> s.append(c);
        default -> s.append(c < ' ' || c == 0x7f ? '\ufffd' : c);
      }
    }
    return s.toString();
  }
}
