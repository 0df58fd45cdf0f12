/** ONNX import and export on a real engine, compared with ONNX Runtime. Start at {@link dev.cardinal.cpu.onnx.Oracle}. */
package dev.cardinal.cpu.onnx;
