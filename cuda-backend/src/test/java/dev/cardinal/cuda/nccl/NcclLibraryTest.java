package dev.cardinal.cuda.nccl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.DeviceProperties;
import dev.cardinal.cuda.api.Nccl;
import dev.cardinal.cuda.api.NcclAccess;
import dev.cardinal.cuda.api.NcclCall;
import dev.cardinal.cuda.api.NcclGroup;
import dev.cardinal.cuda.natives.FoundLibraries;
import dev.cardinal.cuda.natives.LibraryFinder;
import dev.cardinal.cuda.natives.NativeStore;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The binding over a library of our own that has NCCL's functions and writes down what it is called with: whatever passes through arrives as it was given. */
final class NcclLibraryTest {
  private static final long ADDRESS = 0x7f12_3456_7000L;

  @TempDir
  static Path folder;

  private static Path library;
  private NcclAccess access;

  @BeforeEach
  void load() throws IOException, InterruptedException {
    assumeTrue(Stream.of(System.getenv().getOrDefault("PATH", "").split(":")).anyMatch(p -> Files.isExecutable(Path.of(p, "cc"))), "a C compiler (cc) is needed to build the stub of NCCL");
    if (library == null) {
      Path place = Files.createDirectories(folder.resolve("usr/lib64"));
      library = place.resolve("libnccl.so.2");
      Path source = folder.resolve("nccl.c");
      try (InputStream in = NcclLibraryTest.class.getResourceAsStream("/stub/nccl.c")) {
        Files.copy(in, source);
      }
      Process cc = new ProcessBuilder("cc", "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", library.toString(), source.toString()).redirectErrorStream(true).start();
      assertEquals("", new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(0, cc.waitFor());
    }
    FoundLibraries found = new LibraryFinder(folder, Map.of(), Optional.empty()).find(12);
    access = NcclLibrary.load(found, new NativeStore(folder.resolve("natives")), s -> s.hashCode());
    said();
  }

  private static Function stub(String name) {
    return NativeLibrary.getInstance(library.toString()).getFunction(name);
  }

  private static String said() {
    return stub("ncclStubSay").invokeString(new Object[0], false);
  }

  private static void failNext(int code) {
    stub("ncclStubFail").invokeVoid(new Object[] {code});
  }

  private static CudaContext device(int ordinal) {
    DeviceProperties p = new DeviceProperties(ordinal, "GPU", 9, 0, 132, 80L << 30, 50 << 20, 48 << 10, 227 << 10);
    return (CudaContext) Proxy.newProxyInstance(CudaContext.class.getClassLoader(), new Class<?>[] {CudaContext.class}, (proxy, method, args) -> p);
  }

  private static CudaStream stream(int address) {
    return (CudaStream) Proxy.newProxyInstance(CudaStream.class.getClassLoader(), new Class<?>[] {CudaStream.class}, (proxy, method, args) -> method.getName().equals("toString") ? "stream " + address : address);
  }

  private Nccl nccl() {
    return access.nccl().orElseThrow(() -> new AssertionError(access.problem()));
  }

  @Test
  void versionAndDevices() {
    assertEquals("2.23.4", nccl().version());
    NcclGroup g = nccl().join(List.of(device(3), device(1)));
    assertEquals("init 3 1;", said());
    g.close();
    g.close();
    assertEquals("destroy 7000000003;destroy 7000000001;", said());
  }

  @Test
  void everyCallArrivesAsItWasGiven() {
    try (NcclGroup g = nccl().join(List.of(device(0), device(1)))) {
      said();
      g.issue(List.of(new NcclCall.AllReduce(0, stream(0xa0), ADDRESS, ADDRESS + 64, 5L << 32), new NcclCall.AllGather(1, stream(0xa1), ADDRESS, ADDRESS + 64, 48),
          new NcclCall.ReduceScatter(1, stream(0xa1), ADDRESS, ADDRESS + 64, 12), new NcclCall.Send(0, stream(0xa0), 1, ADDRESS, 17), new NcclCall.Receive(1, stream(0xa1), 0, ADDRESS + 32, 17)));
      // Floats are type 7 and bytes 1, a sum is 0, as in nccl.h.
      assertEquals("(allreduce 7f1234567000 7f1234567040 21474836480 7 0 7000000000 a0;allgather 7f1234567000 7f1234567040 48 1 7000000001 a1;"
          + "reducescatter 7f1234567000 7f1234567040 12 7 0 7000000001 a1;send 7f1234567000 17 1 1 7000000000 a0;recv 7f1234567020 17 1 0 7000000001 a1;);", said());
    }
  }

  @Test
  void errorsNameCallCodeAndRank() {
    failNext(3);
    CudaException joining = assertThrows(CudaException.class, () -> nccl().join(List.of(device(0), device(1))));
    assertEquals("ncclCommInitAll(devices = [0, 1]) failed with code 3: internal error: the cable was pulled", joining.getMessage());
    try (NcclGroup g = nccl().join(List.of(device(0), device(1)))) {
      said();
      failNext(3);
      CudaException e = assertThrows(CudaException.class, () -> g.issue(List.of(new NcclCall.Send(1, stream(7), 0, ADDRESS, 17))));
      assertEquals("ncclSend", e.call());
      assertEquals(3, e.code());
      assertTrue(e.getMessage().contains("rank=1") && e.getMessage().contains("internal error: the cable was pulled"), e.getMessage());
      assertTrue(said().endsWith(";);"), "the group is ended, so that the next call is not part of it");
    }
  }

  @Test
  void afterAnAbortNothingIsCalledAnyMore() {
    NcclGroup g = nccl().join(List.of(device(0), device(1)));
    said();
    assertFalse(g.aborted());
    g.abort();
    g.abort();
    assertTrue(g.aborted());
    assertEquals("abort 7000000000;abort 7000000001;", said());
    CudaException e = assertThrows(CudaException.class, () -> g.issue(List.of(new NcclCall.Send(1, stream(7), 0, ADDRESS, 17))));
    assertTrue(e.getMessage().contains("aborted, because a device had failed"), e.getMessage());
    g.close();
    assertEquals("", said());
  }

  @Test
  void withoutItTheReasonIsSaid() throws IOException {
    FoundLibraries none = new LibraryFinder(folder.resolve("nowhere"), Map.of(), Optional.empty()).find(12);
    assertTrue(NcclLibrary.load(none, new NativeStore(folder.resolve("natives")), s -> 0).problem().startsWith("NCCL was not found; to get it: mvn "), "not found");
    Path broken = Files.createDirectories(folder.resolve("broken/usr/lib64")).resolve("libnccl.so.2");
    Files.writeString(broken, "no library");
    FoundLibraries found = new LibraryFinder(folder.resolve("broken"), Map.of(), Optional.empty()).find(12);
    String problem = NcclLibrary.load(found, new NativeStore(folder.resolve("natives")), s -> 0).problem();
    assertTrue(problem.startsWith("NCCL cannot be loaded (2, " + broken), problem);
  }
}
