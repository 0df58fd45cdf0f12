/**
 * Short programs to read and run: {@link dev.cardinal.examples.TrainYourOwnNet} first, then {@link dev.cardinal.examples.OneOperation} and
 * {@link dev.cardinal.examples.GroupedCost}. They use the library as any other program would.
 */
package dev.cardinal.examples;
