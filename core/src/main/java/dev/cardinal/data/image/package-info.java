/**
 * Picture files: recognising them by their first bytes, reading sizes from headers, decoding.
 *
 * <p>The formats are a whitelist (JPEG, PNG, GIF, BMP, WebP). A picture's size is read from its header by code of this package, before any
 * decoder sees the file, so that one that claims to be huge costs nothing. Depends on {@code javax.imageio}, TwelveMonkeys and the value
 * types of {@link dev.cardinal.data}. Start at {@link dev.cardinal.data.image.ImageDecoder}.
 */
package dev.cardinal.data.image;
