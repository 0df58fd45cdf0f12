/**
 * Networks: modules that nest, their parameters with names, initialisers, layers.
 *
 * <p>Depends on {@code tensor}, {@code random}, {@code op} and {@code graph}. Start at {@link dev.cardinal.nn.Module} and {@link dev.cardinal.nn.Layers}; a network is
 * {@code new Sequential(conv2d(3, 32, 3).padding(1).groups(1), relu(), …)} or a module whose {@code build} calls its children.
 */
package dev.cardinal.nn;
