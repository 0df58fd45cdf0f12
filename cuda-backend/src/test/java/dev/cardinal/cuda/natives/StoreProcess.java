package dev.cardinal.cuda.natives;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** A process of its own for {@link NativeStoreTest}: waits for a starting shot, then stores prepared natives again and again, under new names each time so that every round is a race. */
final class StoreProcess {
  static final int ROUNDS = 25;

  private StoreProcess() {}

  public static void main(String[] args) throws Exception {
    NativeStore store = new NativeStore(Path.of(args[0]));
    byte[] cudnn = JCudaNative.CUDNN.preparedFor(9);
    byte[] nvrtc = JCudaNative.NVRTC.preparedFor(13);
    Files.createFile(Path.of(args[2]));
    while (!Files.exists(Path.of(args[1]))) {
      Thread.onSpinWait();
    }
    for (int i = 0; i < ROUNDS; i++) {
      SortedMap<String, byte[]> files = new TreeMap<>();
      files.put("round-" + i + "-" + JCudaNative.CUDNN.fileName(), cudnn);
      files.put("round-" + i + "-" + JCudaNative.NVRTC.fileName(), nvrtc);
      Path folder = store.files(files);
      if (!Arrays.equals(cudnn, Files.readAllBytes(folder.resolve(files.firstKey())))) {
        throw new IllegalStateException(folder + " is not whole");
      }
      System.out.println(folder.getFileName());
    }
  }
}
