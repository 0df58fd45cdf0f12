/**
 * The networks, each a page that reads like its paper's table, built by name with any class count and input size that fits.
 *
 * <p>Depends on {@code nn} and what it depends on. Start at {@link dev.cardinal.zoo.Zoo}.
 */
package dev.cardinal.zoo;
