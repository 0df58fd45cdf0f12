/**
 * The reference engine {@code cpu:reference}: every operation in plain Java, in double precision, rounded to the output's type at
 * the end. It is the executable specification that other engines are held against, and works wherever Java does.
 *
 * <p>Depends on Cardinal's core only. Start at {@link dev.cardinal.cpu.reference.ReferenceProvider}; {@code Kernels} lists which
 * class runs which operation, {@code ReferenceProgram} runs a graph.
 */
package dev.cardinal.cpu.reference;
