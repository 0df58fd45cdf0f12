package dev.cardinal.accounting;

import dev.cardinal.tensor.Shape;

/**
 * A row of a summary.
 *
 * @param name path of the layer in its network, as in {@code layer1.0.conv2}
 * @param kind what it does, as in {@code conv}
 * @param output shape with the batch
 * @param kernel window and step, as in {@code 3x3/2}; empty if it has none
 * @param groups channel groups; 1 if it has none
 * @param params learned values that this layer is the first to use
 * @param macs multiply-adds for one sample, as the papers count them: convolutions and matrices, without biases
 * @param activationBytes bytes of its output for the batch; 0 where it is its input under another shape
 */
public record LayerCost(String name, String kind, Shape output, String kernel, int groups, long params, long macs, long activationBytes) {}
