/**
 * How each operation is run: one lowering per operation, families of operations sharing a file.
 *
 * <p>A lowering chooses the orders of its inputs and outputs and adds the steps; it may not compute anything. Depends on {@code core}, {@code plan}, {@code narrow}, {@code tiles}, {@code kernel} and {@code binding}. Start at
 * {@link dev.cardinal.cpu.onednn.lowering.Lowerings}, the list.
 */
package dev.cardinal.cpu.onednn.lowering;
