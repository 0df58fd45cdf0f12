/**
 * Networks from and to other programs: ONNX models imported into graphs that run and can be fine-tuned, networks exported, and PyTorch's weights by name.
 *
 * <p>A room of its own inside {@code io}: depends on {@code tensor}, {@code op}, {@code graph}, {@code nn}, {@code backend} and {@code io}, and on a library that carries the ONNX format's
 * protobuf classes. Start at {@link dev.cardinal.io.onnx.OnnxModel} (a file, read and checked), {@link dev.cardinal.io.onnx.OnnxModule} (a network to fine-tune),
 * {@link dev.cardinal.io.onnx.OnnxRun} (to run a model as it is), {@link dev.cardinal.io.onnx.OnnxExport} and {@link dev.cardinal.io.onnx.StateDict}.
 *
 * <p>Nothing of a model is ever read and ignored: an attribute that no importer asked for, an operation without an importer, an output that is read but not computed are all refused by name.
 */
package dev.cardinal.io.onnx;
