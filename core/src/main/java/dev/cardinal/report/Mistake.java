package dev.cardinal.report;

import java.awt.image.BufferedImage;

/**
 * A picture the network got wrong.
 *
 * @param name file name or index of the picture
 * @param truth its class
 * @param predicted the class the network chose
 * @param probability how sure the network was of {@code predicted}, 0 to 1
 * @param image the picture as a person would see it, before normalisation
 */
public record Mistake(String name, String truth, String predicted, double probability, BufferedImage image) {}
