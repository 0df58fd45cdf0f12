package dev.cardinal.report;

import dev.cardinal.io.AtomicFile;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A grid of small pictures with captions, for looking at what a network is really fed. */
public final class ContactSheet {
  private static final int GAP = 12;
  private static final int CAPTION = 20;

  private ContactSheet() {}

  /** One picture and the line below it; the line may be empty. */
  public record Tile(BufferedImage image, String caption) {}

  /**
   * Draws the tiles row by row.
   *
   * @param columns tiles in a row, at least 1
   * @param side each picture is scaled to fit a square of this many pixels
   */
  public static BufferedImage draw(List<Tile> tiles, int columns, int side) {
    if (columns < 1 || side < 1) {
      throw new IllegalArgumentException("columns and side must be at least 1, got " + columns + " and " + side);
    }
    int rows = Math.max(1, (tiles.size() + columns - 1) / columns);
    int used = Math.max(1, Math.min(columns, tiles.size()));
    BufferedImage sheet = new BufferedImage(GAP + used * (side + GAP), GAP + rows * (side + CAPTION + GAP), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    TextDrawing.prepare(g);
    g.setColor(Palette.PAGE);
    g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    g.setColor(Palette.INK);
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    for (int i = 0; i < tiles.size(); i++) {
      int x = GAP + i % columns * (side + GAP);
      int y = GAP + i / columns * (side + CAPTION + GAP);
      BufferedImage image = Png.scaled(tiles.get(i).image(), side);
      g.drawImage(image, x + (side - image.getWidth()) / 2, y + (side - image.getHeight()) / 2, null);
      String caption = TextDrawing.shortened(tiles.get(i).caption(), side, g.getFontMetrics());
      g.drawString(caption, x + (side - g.getFontMetrics().stringWidth(caption)) / 2, y + side + CAPTION - 5);
    }
    g.dispose();
    return sheet;
  }

  /** Draws the tiles into a PNG file. */
  public static void write(Path file, List<Tile> tiles, int columns, int side) throws IOException {
    AtomicFile.writeBytes(file, Png.encode(draw(tiles, columns, side)));
  }
}
