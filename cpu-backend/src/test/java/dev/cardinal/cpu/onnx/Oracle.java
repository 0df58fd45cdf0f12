package dev.cardinal.cpu.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.cardinal.backend.Device;
import dev.cardinal.backend.Devices;
import dev.cardinal.io.onnx.OnnxModel;
import dev.cardinal.io.onnx.OnnxRun;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** ONNX Runtime as an independent oracle. */
public final class Oracle {
  private static final OrtEnvironment ORT = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);

  private Oracle() {}

  /** Outputs of a model in ONNX Runtime, halves as f32. */
  public static Map<String, HostTensor> run(byte[] model, Map<String, HostTensor> inputs) {
    try (OrtSession session = ORT.createSession(model, options())) {
      Map<String, OnnxTensor> in = new LinkedHashMap<>();
      for (Map.Entry<String, HostTensor> e : inputs.entrySet()) {
        in.put(e.getKey(), tensor(e.getValue()));
      }
      try (OrtSession.Result r = session.run(in)) {
        Map<String, HostTensor> out = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> e : r) {
          out.put(e.getKey(), host((OnnxTensor) e.getValue()));
        }
        return out;
      } finally {
        in.values().forEach(OnnxTensor::close);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
    }
  }

  private static OrtSession.SessionOptions options() throws OrtException {
    OrtSession.SessionOptions o = new OrtSession.SessionOptions();
    o.setIntraOpNumThreads(1);
    o.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
    return o;
  }

  private static OnnxTensor tensor(HostTensor t) throws OrtException {
    long[] dims = Arrays.stream(t.shape().dims()).asLongStream().toArray();
    return switch (t.dtype()) {
      case F32 -> OnnxTensor.createTensor(ORT, FloatBuffer.wrap(t.floats()), dims);
      case I64 -> OnnxTensor.createTensor(ORT, LongBuffer.wrap(t.longs()), dims);
      case I32 -> OnnxTensor.createTensor(ORT, IntBuffer.wrap(t.ints()), dims);
      default -> throw new IllegalArgumentException("no test has inputs of type " + t.dtype());
    };
  }

  private static HostTensor host(OnnxTensor t) {
    TensorInfo info = t.getInfo();
    Shape s = Shape.of(Arrays.stream(info.getShape()).mapToInt(Math::toIntExact).toArray());
    return switch (info.type) {
      case FLOAT, FLOAT16, BFLOAT16 -> HostTensor.of(s, toArray(t.getFloatBuffer()));
      case DOUBLE -> HostTensor.of(s, toArray(t.getDoubleBuffer()));
      case INT32 -> HostTensor.of(s, toArray(t.getIntBuffer()));
      case UINT8 -> HostTensor.of(s, toArray(t.getByteBuffer()));
      case INT64 -> HostTensor.of(s, toArray(t.getLongBuffer()));
      default -> throw new IllegalArgumentException("no test has outputs of type " + info.type);
    };
  }

  private static float[] toArray(FloatBuffer b) {
    float[] f = new float[b.remaining()];
    b.get(f);
    return f;
  }

  private static double[] toArray(DoubleBuffer b) {
    double[] d = new double[b.remaining()];
    b.get(d);
    return d;
  }

  private static int[] toArray(IntBuffer b) {
    int[] i = new int[b.remaining()];
    b.get(i);
    return i;
  }

  private static byte[] toArray(ByteBuffer b) {
    byte[] i = new byte[b.remaining()];
    b.get(i);
    return i;
  }

  private static long[] toArray(LongBuffer b) {
    long[] l = new long[b.remaining()];
    b.get(l);
    return l;
  }

  /** Runs a model in both and compares every output. */
  static void compare(String what, ModelBuilder m) {
    byte[] bytes = m.build();
    Map<String, HostTensor> expected = run(bytes, m.inputs);
    try (Device device = Devices.open("cpu:reference")) {
      Map<String, HostTensor> got = OnnxRun.run(OnnxModel.parse(bytes, null), device, m.inputs);
      assertEquals(expected.keySet(), got.keySet(), what);
      expected.forEach((name, e) -> close(what + " output " + name, e, got.get(name), 1e-4));
    } catch (dev.cardinal.io.onnx.OnnxException e) {
      throw new AssertionError(what + ": " + e.getMessage(), e);
    }
  }

  /** Equal shapes, and values within a tolerance relative to the largest value around 1. */
  public static void close(String what, HostTensor expected, HostTensor got, double tolerance) {
    assertEquals(expected.shape(), got.shape(), what);
    for (int i = 0; i < expected.size(); i++) {
      double e = expected.get(i);
      double g = got.get(i);
      boolean ok = e == g || Double.isNaN(e) && Double.isNaN(g) || Math.abs(e - g) <= tolerance * Math.max(1, Math.abs(e));
      if (!ok) {
        fail(what + " differs at " + i + ": expected " + e + ", got " + g + " (" + expected + " and " + got + ")");
      }
    }
  }

  /** Values between -2 and 2. */
  public static HostTensor random(Random r, int... dims) {
    return HostTensor.generate(dev.cardinal.tensor.TensorType.f32(dims), i -> r.nextFloat() * 4 - 2);
  }

  /** Values between 0.5 and 2. */
  static HostTensor positive(Random r, int... dims) {
    return HostTensor.generate(dev.cardinal.tensor.TensorType.f32(dims), i -> 0.5 + 1.5 * r.nextFloat());
  }
}
