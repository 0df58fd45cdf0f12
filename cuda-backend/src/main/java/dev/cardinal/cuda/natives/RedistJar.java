package dev.cardinal.cuda.natives;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CUDA's redistributables as Maven brings them (artifact {@code org.bytedeco:cuda}, classifier {@code linux-x86_64-redist}). The libraries that are used are unpacked once, 1.4 GB, into the private
 * folder of {@link NativeStore}.
 */
public final class RedistJar {
  static final String SOURCE = "redistributables on the class path";
  private static final Logger LOG = LoggerFactory.getLogger(RedistJar.class);
  private static final String FOLDER = "org/bytedeco/cuda/linux-x86_64/";
  private static final String PROBE = FOLDER + "libcublas.so.12";
  /** Attention and recurrent networks have their own library, a quarter of a gigabyte, that is never asked for. */
  private static final Pattern USED = Pattern.compile("lib(cublas|cublasLt|nvrtc|nvrtc-builtins|cudnn|cudnn_(?!adv)\\w+)\\.so\\.[\\d.]+");
  /** Unpacked by itself, another quarter of a gigabyte, when several GPUs are used. */
  private static final Pattern FOR_SEVERAL = Pattern.compile("libnccl\\.so\\.\\d+");
  private static final Pattern NAME = Pattern.compile("cuda-(\\d+\\.\\d+)-(\\d+\\.\\d+)-");

  private final Path jar;

  private RedistJar(Path jar) {
    this.jar = jar;
  }

  /** The jar, if it is on the class path. */
  public static Optional<RedistJar> onClassPath() {
    URL url = RedistJar.class.getClassLoader().getResource(PROBE);
    try {
      if (url != null && url.openConnection() instanceof JarURLConnection c) {
        return Optional.of(new RedistJar(Path.of(c.getJarFileURL().toURI())));
      }
    } catch (IOException | URISyntaxException e) {
      LOG.debug("no redistributables at {}", url, e);
    }
    return Optional.empty();
  }

  private static Pattern filesFor(CudaLibrary library) {
    return library == CudaLibrary.NCCL ? FOR_SEVERAL : USED;
  }

  private List<ZipEntry> used(JarFile file, Pattern names) {
    List<ZipEntry> entries = new ArrayList<>();
    for (ZipEntry e : Collections.list(file.entries())) {
      if (e.getName().startsWith(FOLDER) && names.matcher(e.getName().substring(FOLDER.length())).matches()) {
        entries.add(e);
      }
    }
    return entries;
  }

  /** The libraries in it. */
  List<FoundLibrary> libraries() {
    List<FoundLibrary> all = new ArrayList<>();
    Matcher m = NAME.matcher(jar.getFileName().toString());
    boolean named = m.find();
    try (JarFile file = new JarFile(jar.toFile())) {
      for (CudaLibrary l : CudaLibrary.values()) {
        for (ZipEntry e : used(file, filesFor(l))) {
          String name = e.getName().substring(FOLDER.length());
          String rest = name.startsWith(l.stem()) ? name.substring(l.stem().length()) : "";
          if (rest.matches("\\d+") && l.majors().contains(Integer.parseInt(rest))) {
            String version = !named || l == CudaLibrary.NCCL ? rest : m.group(l == CudaLibrary.CUDNN ? 2 : 1);
            all.add(new FoundLibrary(l, jar.resolve(name), Integer.parseInt(rest), version, SOURCE));
          }
        }
      }
    } catch (IOException e) {
      throw new NativesException("the CUDA redistributables " + jar + " cannot be read (" + e.getMessage() + "); delete the file and run Maven again", e);
    }
    return all;
  }

  /** Unpacks a library, and those that are used with it, unless that was done before; returns their folder. */
  Path unpack(CudaLibrary library, NativeStore store) {
    try (JarFile file = new JarFile(jar.toFile())) {
      List<ZipEntry> entries = used(file, filesFor(library));
      CRC32 key = new CRC32();
      long bytes = 0;
      for (ZipEntry e : entries) {
        key.update((e.getName() + ' ' + e.getSize() + ' ' + e.getCrc()).getBytes(StandardCharsets.UTF_8));
        bytes += e.getSize();
      }
      long total = bytes;
      return store.folder("redist-" + Long.toHexString(key.getValue()), folder -> {
        LOG.info("unpacking CUDA's redistributables to {} ({} MB, once)", store.base(), total / 1_000_000);
        for (ZipEntry e : entries) {
          try (InputStream in = file.getInputStream(e); OutputStream out = Files.newOutputStream(folder.resolve(e.getName().substring(FOLDER.length())))) {
            in.transferTo(out);
          }
        }
      }, folder -> entries.stream().allMatch(e -> folder.resolve(e.getName().substring(FOLDER.length())).toFile().length() == e.getSize()));
    } catch (IOException e) {
      throw new NativesException("the CUDA redistributables " + jar + " cannot be unpacked to " + store.base() + " (" + e.getMessage() + "); make 1.5 GB of room there", e);
    }
  }
}
