package dev.cardinal.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The rewriting of needed names, on JCuda's own natives. */
final class ElfNamesTest {
  private static final int REFUSED_AT_LEAST = 100;

  private static ElfNames read(JCudaNative n) {
    return new ElfNames(n.name(), n.original());
  }

  @Test
  void readsWhatTheNativesNeed() {
    // As readelf -d and readelf -V print them.
    assertEquals(Set.of("libpthread.so.0", "librt.so.1", "libdl.so.2", "libcuda.so.1", "libstdc++.so.6", "libc.so.6", "ld-linux-x86-64.so.2"), read(JCudaNative.DRIVER).needed());
    assertEquals(Set.of("libcudnn.so.8", "libstdc++.so.6", "libc.so.6"), read(JCudaNative.CUDNN).needed());
    assertTrue(read(JCudaNative.CUBLAS).versions().contains("libcublas.so.12"));
    assertTrue(read(JCudaNative.NVRTC).versions().containsAll(Set.of("libnvrtc.so.12", "GLIBC_2.4")));
  }

  @ParameterizedTest
  @CsvSource({"CUBLAS, libcublas.so.12, libcublas.so.13", "NVRTC, libnvrtc.so.12, libnvrtc.so.13", "CUDNN, libcudnn.so.8, libcudnn.so.9"})
  void preparesForTheNextMajorVersion(JCudaNative n, String from, String to) {
    byte[] before = n.original();
    byte[] after = n.preparedFor(Integer.parseInt(to.replaceAll(".*\\.", "")));
    ElfNames names = new ElfNames("prepared", after);
    assertTrue(names.needed().contains(to) && names.versions().contains(to), names.needed() + " " + names.versions());
    assertFalse(names.needed().contains(from) || names.versions().contains(from));
    assertEquals(before.length, after.length);
    // Nothing else differs: one version digit for each place of the text, and one hash of four bytes.
    int differ = 0;
    for (int i = 0; i < before.length; i++) {
      differ += before[i] == after[i] ? 0 : 1;
    }
    assertTrue(differ >= 2 && differ <= 6, differ + " bytes differ");
    assertArrayEquals(before, new ElfNames("prepared", after).renamed(Map.of(to, from)), "back again");
    assertTrue(contains(after, ElfNames.hash(to)) && contains(before, ElfNames.hash(from)));
  }

  private static boolean contains(byte[] file, int hash) {
    ByteBuffer b = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + 4 <= file.length; i += 4) {
      if (b.getInt(i) == hash) {
        return true;
      }
    }
    return false;
  }

  @Test
  void hashesAsTheLinkerDoes() {
    // The values of the vna_hash fields that binutils wrote for these well-known names.
    assertEquals(0x09691a75, ElfNames.hash("GLIBC_2.2.5"));
    assertEquals(0x0d696914, ElfNames.hash("GLIBC_2.4"));
    assertEquals(0x08922974, ElfNames.hash("GLIBCXX_3.4"));
    assertEquals(0, ElfNames.hash(""));
  }

  @Test
  void forTheVersionItIsLinkedAgainstNothingChanges() {
    assertArrayEquals(JCudaNative.CUBLAS.original(), JCudaNative.CUBLAS.preparedFor(12));
  }

  @Test
  void namesOfAnotherLengthAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> read(JCudaNative.CUDNN).renamed(Map.of("libcudnn.so.8", "libcudnn.so.10")));
    assertTrue(assertThrows(NativesException.class, () -> JCudaNative.CUDNN.preparedFor(10)).getMessage().contains("libcudnn.so.10"));
  }

  @ParameterizedTest
  @EnumSource(JCudaNative.class)
  void truncatedFilesAreRefused(JCudaNative n) {
    byte[] whole = n.original();
    ElfNames names = new ElfNames(n.name(), whole);
    int refused = 0;
    // The dynamic section lies near the end of these files; what is cut behind it still reads the same.
    for (int i = 0; i < 200; i++) {
      byte[] cut = Arrays.copyOf(whole, (int) ((long) whole.length * i / 200));
      try {
        assertEquals(names.needed(), new ElfNames("cut", cut).needed());
      } catch (NativesException e) {
        refused++;
        assertTrue(e.getMessage().startsWith("cut is"), e.getMessage());
      }
    }
    assertTrue(refused > REFUSED_AT_LEAST, refused + " of 200 refused");
  }

  @Test
  void otherFilesAreRefusedByName() {
    for (byte[] other : new byte[][] {{}, "#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII), new byte[64], Arrays.copyOf(new byte[] {0x7f, 'E', 'L', 'F', 1, 1, 1}, 100)}) {
      String message = assertThrows(NativesException.class, () -> new ElfNames("libother.so", other)).getMessage();
      assertTrue(message.startsWith("libother.so is not") && message.contains("64-bit"), message);
    }
  }

  @Test
  void damagedTablesAreRefusedOrHarmless() {
    byte[] whole = JCudaNative.NVRTC.original();
    Random random = new Random(4);
    for (int i = 0; i < 3000; i++) {
      byte[] damaged = whole.clone();
      int places = 1 + random.nextInt(8);
      for (int p = 0; p < places; p++) {
        // Headers and the tables at the file's start are hit as often as all the rest.
        damaged[random.nextBoolean() ? random.nextInt(1024) : random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        new ElfNames("damaged", damaged).renamed(Map.of("libnvrtc.so.12", "libnvrtc.so.13"));
      } catch (NativesException e) {
        assertTrue(e.getMessage().startsWith("damaged "), e.getMessage());
      }
    }
  }
}
