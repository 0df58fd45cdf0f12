/**
 * The embedded data set: small labelled pictures that are drawn on the spot, so that everything can be tried without a download.
 *
 * <p>Depends on {@link dev.cardinal.random} and the value types of {@link dev.cardinal.data}. Start at
 * {@link dev.cardinal.data.shapes.ShapesDataset}.
 */
package dev.cardinal.data.shapes;
