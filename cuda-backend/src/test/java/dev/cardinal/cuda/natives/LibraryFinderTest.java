package dev.cardinal.cuda.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines as people have them, drawn as folders of empty files. */
final class LibraryFinderTest {
  @TempDir
  Path root;

  private void file(String path) throws IOException {
    Path p = root.resolve(path);
    Files.createDirectories(p.getParent());
    Files.createFile(p);
  }

  private void linked(String path, String target) throws IOException {
    file(Path.of(path).getParent().resolve(target).toString());
    Files.createSymbolicLink(root.resolve(path), Path.of(target));
  }

  private FoundLibraries find(int newest, Map<String, String> environment) {
    return new LibraryFinder(root, environment, Optional.empty()).find(newest);
  }

  private String where(FoundLibraries found, CudaLibrary library) {
    return found.get(library).map(f -> root.relativize(f.file()) + " " + f.version() + " " + f.source()).orElse("missing");
  }

  @Test
  void nothingAnywhere() {
    FoundLibraries found = find(13, Map.of());
    assertEquals(CudaLibrary.required(), found.missing());
    assertTrue(found.describe().get("cuDNN").startsWith("not found; to get it: mvn -q -Pcuda-redist"), found.describe().toString());
    assertTrue(found.describe().get("NCCL").startsWith("not found, so several GPUs exchange by copies from peer to peer; to get it: mvn"), found.describe().toString());
  }

  @Test
  void aToolkitWithCudnnInTheSystem() throws IOException {
    linked("usr/local/cuda-12.4/lib64/libcublas.so.12", "libcublas.so.12.4.5.8");
    linked("usr/local/cuda-12.4/lib64/libnvrtc.so.12", "libnvrtc.so.12.4.127");
    linked("usr/lib/x86_64-linux-gnu/libcudnn.so.8", "libcudnn.so.8.9.7");
    linked("usr/lib/x86_64-linux-gnu/libnccl.so.2", "libnccl.so.2.21.5");
    FoundLibraries found = find(12, Map.of());
    assertEquals("usr/local/cuda-12.4/lib64/libcublas.so.12 12.4.5.8 CUDA toolkit", where(found, CudaLibrary.CUBLAS));
    assertEquals("usr/lib/x86_64-linux-gnu/libcudnn.so.8 8.9.7 system library", where(found, CudaLibrary.CUDNN));
    assertEquals("usr/lib/x86_64-linux-gnu/libnccl.so.2 2.21.5 system library", where(found, CudaLibrary.NCCL));
    assertEquals(List.of(), found.missing());
  }

  @Test
  void theNewestToolkitAndTheVariableBeforeIt() throws IOException {
    for (String v : List.of("12.2", "12.10", "12.9")) {
      file("usr/local/cuda-" + v + "/lib64/libcublas.so.12");
    }
    file("own/targets/x86_64-linux/lib/libcublas.so.12");
    assertTrue(where(find(12, Map.of()), CudaLibrary.CUBLAS).contains("cuda-12.10"), where(find(12, Map.of()), CudaLibrary.CUBLAS));
    assertTrue(where(find(12, Map.of("CUDA_HOME", root.resolve("own").toString())), CudaLibrary.CUBLAS).endsWith("CUDA_HOME"));
  }

  @Test
  void pythonPackagesOfCuda13() throws IOException {
    String site = "home/me/.venv/lib/python3.12/site-packages/";
    file(site + "nvidia/cu13/lib/libcublas.so.13");
    file(site + "nvidia/cu13/lib/libnvrtc.so.13");
    file(site + "nvidia/cudnn/lib/libcudnn.so.9");
    Files.createDirectories(root.resolve(site + "nvidia_cudnn_cu13-9.13.0.50.dist-info"));
    file(site + "nvidia/nccl/lib/libnccl.so.2");
    Files.createDirectories(root.resolve(site + "nvidia_nccl_cu13-2.27.7.dist-info"));
    Map<String, String> active = Map.of("VIRTUAL_ENV", root.resolve("home/me/.venv").toString());
    FoundLibraries found = find(13, active);
    assertEquals(13, found.cuda());
    assertEquals(List.of(), found.missing());
    assertEquals(site + "nvidia/cudnn/lib/libcudnn.so.9 9.13.0.50 Python packages", where(found, CudaLibrary.CUDNN));
    assertEquals(site + "nvidia/nccl/lib/libnccl.so.2 2.27.7 Python packages", where(found, CudaLibrary.NCCL));
    assertEquals("pip install 'nvidia-cublas==13.*'", found.fix(CudaLibrary.CUBLAS));
    assertEquals("pip install nvidia-cudnn-cu13", found.fix(CudaLibrary.CUDNN));
    // A driver for CUDA 12 can run none of it.
    FoundLibraries older = find(12, active);
    assertEquals(CudaLibrary.required(), older.missing());
    assertEquals("missing", where(older, CudaLibrary.NCCL));
  }

  @Test
  void thePythonOnThePathAndThatOfConda() throws IOException {
    file("opt/conda/lib/python3.10/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
    file("env/lib/libcublas.so.12");
    FoundLibraries found = find(13, Map.of("PATH", root.resolve("opt/conda/bin") + ":relative/bin", "CONDA_PREFIX", root.resolve("env").toString()));
    assertTrue(where(found, CudaLibrary.NVRTC).startsWith("opt/conda/lib"));
    assertEquals("env/lib/libcublas.so.12 12 conda", where(found, CudaLibrary.CUBLAS));
    assertEquals("pip install nvidia-cudnn-cu12", found.fix(CudaLibrary.CUDNN));
    assertEquals("pip install nvidia-cublas-cu12", found.fix(CudaLibrary.CUBLAS));
  }

  @Test
  void theCudaOfWhichMoreIsThere() throws IOException {
    file("usr/local/cuda/lib64/libcublas.so.13");
    file("usr/local/cuda-12.6/lib64/libcublas.so.12");
    file("usr/local/cuda-12.6/lib64/libnvrtc.so.12");
    file("usr/lib64/libcudnn.so.8");
    assertEquals(12, find(13, Map.of()).cuda());
    file("usr/local/cuda/lib64/libnvrtc.so.13");
    file("usr/local/cuda/lib64/libcudnn.so.9");
    FoundLibraries found = find(13, Map.of());
    assertEquals(13, found.cuda());
    assertEquals(9, found.get(CudaLibrary.CUDNN).orElseThrow().major());
  }

  /** A cache as ldconfig writes it: header, entries, texts. */
  private static byte[] cache(String... paths) {
    ByteArrayOutputStream strings = new ByteArrayOutputStream();
    ByteBuffer b = ByteBuffer.allocate(48 + 24 * paths.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII)).putInt(paths.length).position(48);
    for (String p : paths) {
      int key = b.capacity() + strings.size();
      strings.writeBytes((p.substring(p.lastIndexOf('/') + 1) + "\0").getBytes(StandardCharsets.UTF_8));
      int value = b.capacity() + strings.size();
      strings.writeBytes((p + "\0").getBytes(StandardCharsets.UTF_8));
      b.putInt(0x303).putInt(key).putInt(value).putInt(0).putLong(0);
    }
    byte[] all = Arrays.copyOf(b.array(), b.capacity() + strings.size());
    System.arraycopy(strings.toByteArray(), 0, all, b.capacity(), strings.size());
    return all;
  }

  @Test
  void theLinkersCache() throws IOException {
    file("srv/libs/libcublas.so.12");
    Files.createDirectories(root.resolve("etc"));
    byte[] cache = cache("/lib/libc.so.6", root.resolve("srv/libs/libcublas.so.12").toString());
    Files.write(root.resolve("etc/ld.so.cache"), cache);
    assertEquals("srv/libs/libcublas.so.12 12 linker cache", where(find(12, Map.of()), CudaLibrary.CUBLAS));
    // Behind a cache of the older format, which glibc wrote for decades: 16 bytes and 12 for each entry, then padding to 8.
    byte[] both = new byte[32 + cache.length];
    System.arraycopy("ld.so-1.7.0".getBytes(StandardCharsets.US_ASCII), 0, both, 0, 11);
    both[12] = 1;
    System.arraycopy(cache, 0, both, 32, cache.length);
    assertEquals(LinkerCache.paths(cache), LinkerCache.paths(both));
  }

  @Test
  void damagedCachesAreHarmless() {
    byte[] cache = cache("/lib/libc.so.6", "/usr/lib/libcublas.so.12", "/usr/lib/libcudnn.so.9");
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = Arrays.copyOf(cache, random.nextInt(4) == 0 ? random.nextInt(cache.length) : cache.length);
      for (int p = 0; damaged.length > 0 && p < 1 + random.nextInt(4); p++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      LinkerCache.paths(damaged);
    }
  }
}
