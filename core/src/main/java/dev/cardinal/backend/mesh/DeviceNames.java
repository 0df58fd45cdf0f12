package dev.cardinal.backend.mesh;

import dev.cardinal.backend.Device;
import dev.cardinal.backend.DeviceException;
import dev.cardinal.backend.DeviceInfo;
import dev.cardinal.backend.DeviceOptions;
import dev.cardinal.backend.Devices;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The devices of a mesh by name, as the command line takes them: a list such as {@code cuda:0,cuda:1}, or a number of devices.
 *
 * <p>Where an engine has one device, a number after its name makes several of it: {@code cpu:0} and {@code cpu:1} are two virtual devices that share the processor. A GPU is named twice for two virtual
 * devices on one card.
 */
public final class DeviceNames {
  /** More than the largest mesh that a plan is drawn for is a slip of the keyboard. */
  private static final int MOST = 64;
  private static final Pattern NUMBERED = Pattern.compile("(.+):(\\d+)");

  private DeviceNames() {}

  /**
   * Reads a list of names, or a number of devices.
   *
   * @param kind of which kind a number of devices are: the name of one, or {@link Devices#AUTO}
   * @throws IllegalArgumentException if it is neither, or there are not so many
   */
  public static List<String> parse(String text, String kind) {
    String t = text.strip();
    if (t.matches("\\d{1,9}")) {
      return several(Integer.parseInt(t), kind);
    }
    List<String> names = Stream.of(t.split(",", -1)).map(String::strip).toList();
    if (names.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("devices are a number or names such as cpu:0,cpu:1, got '" + text + "'");
    }
    requireNumber(names.size());
    return names;
  }

  private static void requireNumber(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("the number of devices must be from 1 to " + MOST + ", got " + count);
    }
  }

  private static List<String> several(int count, String kind) {
    requireNumber(count);
    List<DeviceInfo> usable = Devices.list().stream().filter(DeviceInfo::usable).toList();
    String first = kind.equals(Devices.AUTO) && !usable.isEmpty() ? usable.get(0).name() : kind;
    Matcher m = NUMBERED.matcher(first);
    if (!m.matches() || isVirtual(first)) {
      String of = kindOf(first);
      return Stream.iterate(0, i -> i + 1).limit(count).map(i -> of + ":" + i).toList();
    }
    List<String> there = usable.stream().map(DeviceInfo::name).filter(n -> n.startsWith(m.group(1) + ":")).limit(count).toList();
    if (there.size() < count) {
      throw new IllegalArgumentException("there are no " + count + " devices like " + first + " but " + there.size() + "; name one twice, as in " + first + "," + first
          + ", or divide the processor with cpu:0,cpu:1");
    }
    return there;
  }

  private static boolean isListed(String name) {
    return Devices.list().stream().anyMatch(d -> d.name().equals(name));
  }

  private static boolean isVirtual(String name) {
    Matcher m = NUMBERED.matcher(name);
    return !isListed(name) && m.matches() && isListed(m.group(1));
  }

  /** The name of the device that one belongs to: {@code cpu} of {@code cpu:1}, and of a real device its own. */
  public static String kindOf(String name) {
    return isVirtual(name) ? name.substring(0, name.lastIndexOf(':')) : name;
  }

  /**
   * Opens one of a mesh's devices; {@link Devices#AUTO} is none.
   *
   * @throws DeviceException if there is none of that name or it cannot be used
   */
  static Device open(String name, DeviceOptions options) {
    String kind = kindOf(name);
    if (kind.equals(Devices.AUTO)) {
      throw new DeviceException("the devices of a mesh are named one by one, as in cpu:0,cpu:1, got auto; give their number alone to have them chosen");
    }
    return Devices.open(kind, options);
  }

  /** Opens devices; if one cannot be opened, those before it are closed again. */
  static List<Device> open(List<String> names, DeviceOptions options) {
    List<Device> opened = new ArrayList<>();
    try {
      for (String name : names) {
        opened.add(open(name, options));
      }
      return opened;
    } catch (RuntimeException | Error e) {
      Closing.all(opened);
      throw e;
    }
  }
}
