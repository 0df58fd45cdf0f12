package dev.cardinal.cuda.natives;

import dev.cardinal.backend.DeviceException;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jcuda.JCudaVersion;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import org.slf4j.LoggerFactory;

/** Another Java process with this backend on its class path: natives load once per process, so some tests need their own. */
public final class ForkedJvm {
  private ForkedJvm() {}

  /** Starts a class's main method, with its error stream joined to its output. */
  public static Process start(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp", classPath(main), main.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** The places that these classes come from: the class path itself may hide in a manifest or in a loader of the test runner's. */
  private static String classPath(Class<?> main) throws IOException {
    Set<Path> places = new LinkedHashSet<>();
    try {
      for (Class<?> c : List.of(main, ForkedJvm.class, CudaNatives.class, DeviceException.class, JCudaVersion.class, JCublas2.class, JCudnn.class, LoggerFactory.class)) {
        places.add(Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()));
      }
      for (String resource : List.of("/lib/libJCudaDriver-12.6.0-linux-x86_64.so", "/lib/libJCublas2-12.6.0-linux-x86_64.so", "/lib/libJCudnn-11.7.0-linux-x86_64.so", "/kernels/families.txt")) {
        places.add(placeOf(ForkedJvm.class.getResource(resource), resource));
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    return places.stream().map(Path::toString).collect(Collectors.joining(":"));
  }

  private static Path placeOf(URL url, String resource) throws IOException, URISyntaxException {
    if (url.openConnection() instanceof JarURLConnection jar) {
      return Path.of(jar.getJarFileURL().toURI());
    }
    String folder = url.toString();
    return Path.of(new URI(folder.substring(0, folder.length() - resource.length())));
  }
}
