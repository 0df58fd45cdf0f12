/**
 * Counter-based randomness: a number is a pure function of key, stream and index, so dropout, initialisation and augmentation draw
 * the same numbers on every backend, under every split and after a resume.
 *
 * <p>Depends on nothing. Start at {@link dev.cardinal.random.Philox}.
 */
package dev.cardinal.random;
