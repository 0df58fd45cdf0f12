package dev.cardinal.io.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.tensor.DType;
import dev.cardinal.tensor.HostTensor;
import dev.cardinal.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpyTest {
  @TempDir
  Path folder;

  @Test
  void everyTypeComesBack() throws IOException {
    for (DType d : DType.values()) {
      for (int[] dims : new int[][] {{}, {3}, {2, 0}, {2, 3, 4}}) {
        HostTensor t = HostTensor.generate(new TensorType(d, dev.cardinal.tensor.Shape.of(dims)), i -> i - 2);
        Path f = folder.resolve("x.npy");
        Npy.write(f, t);
        assertTrue(Npy.read(f).sameBits(d == DType.BF16 ? t.to(DType.F32) : t), d.toString());
      }
    }
  }

  /** A file as numpy writes it for {@code np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], '>f4'))}. */
  @Test
  void fortranOrderAndBigEndian() throws IOException {
    byte[] header = "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }\n".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer b = ByteBuffer.allocate(10 + header.length + 24).order(ByteOrder.LITTLE_ENDIAN);
    b.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) header.length).put(header).order(ByteOrder.BIG_ENDIAN);
    for (float v : new float[] {1, 4, 2, 5, 3, 6}) {
      b.putFloat(v);
    }
    Path f = folder.resolve("f.npy");
    Files.write(f, b.array());
    assertEquals("f32[2, 3] {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}", Npy.read(f).toString());
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path f = folder.resolve("x.npy");
    Npy.write(f, HostTensor.generate(TensorType.f32(2, 3), i -> i));
    byte[] good = Files.readAllBytes(f);
    Random r = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] bad = i % 2 == 0 ? java.util.Arrays.copyOf(good, r.nextInt(good.length)) : good.clone();
      if (i % 2 == 1) {
        bad[r.nextInt(70)] = (byte) r.nextInt(256);
      }
      Files.write(f, bad);
      try {
        Npy.read(f);
      } catch (IOException e) {
        assertTrue(e.getMessage().contains("x.npy"), e.getMessage());
      }
    }
    Files.writeString(f, "not an array at all, but long enough to be one");
    assertThrows(IOException.class, () -> Npy.read(f));
  }
}
