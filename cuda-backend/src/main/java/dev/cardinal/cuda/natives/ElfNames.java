package dev.cardinal.cuda.natives;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names of other libraries that a 64-bit little-endian ELF shared object refers to: those it needs ({@code DT_NEEDED}), and those whose symbol versions it was linked against
 * ({@code DT_VERNEED}). Found as the dynamic linker finds them, through the program headers, and replaceable by names of the same length: only the text and the hashes of version names change.
 *
 * <p>Source: System V ABI, chapters 4 and 5 (object files, dynamic linking); Linux Standard Base Core 5.0, section 10.7 (symbol versioning).
 */
final class ElfNames {
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final long DT_NULL = 0;
  private static final long DT_NEEDED = 1;
  private static final long DT_STRTAB = 5;
  private static final long DT_STRSZ = 10;
  private static final long DT_VERNEED = 0x6ffffffeL;
  private static final long DT_VERNEEDNUM = 0x6fffffffL;
  private static final int MOST_ENTRIES = 1 << 16;

  private record Segment(long address, long offset, long bytes) {}

  /** A place that refers to a name: {@code hash} is where its hash lies, or -1 if it has none. */
  private record Reference(int text, String name, int hash, boolean needed) {}

  private final String what;
  private final ByteBuffer elf;
  private final List<Segment> segments = new ArrayList<>();
  private final List<Reference> references = new ArrayList<>();
  private long strings;
  private long stringBytes;

  /**
   * Reads a file's names.
   *
   * @param what it is called in errors
   * @throws NativesException if it is not such a file, or one of its tables points outside of it
   */
  ElfNames(String what, byte[] file) {
    this.what = what;
    this.elf = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
    try {
      read();
    } catch (IndexOutOfBoundsException | BufferUnderflowException | ArithmeticException e) {
      throw new NativesException(what + " is cut short or damaged: one of its tables points behind its end (" + file.length + " bytes); delete it and fetch it again", e);
    }
  }

  private void refuse(String why) {
    throw new NativesException(what + " " + why + "; a shared library for 64-bit x86 Linux is expected");
  }

  private void read() {
    if (elf.capacity() < HEADER_BYTES || elf.getInt(0) != 0x464c457f) {
      refuse("is not an ELF file");
    }
    if (elf.get(4) != 2 || elf.get(5) != 1) {
      refuse("is not a 64-bit little-endian ELF file");
    }
    long table = elf.getLong(32);
    int size = Short.toUnsignedInt(elf.getShort(54));
    int count = Short.toUnsignedInt(elf.getShort(56));
    if (size != PROGRAM_HEADER_BYTES) {
      refuse("has program headers of " + size + " bytes instead of " + PROGRAM_HEADER_BYTES);
    }
    long dynamic = -1;
    long dynamicBytes = 0;
    for (int i = 0; i < count; i++) {
      int at = at(table + (long) i * size, size);
      int type = elf.getInt(at);
      if (type == PT_LOAD) {
        segments.add(new Segment(elf.getLong(at + 16), elf.getLong(at + 8), elf.getLong(at + 32)));
      } else if (type == PT_DYNAMIC) {
        dynamic = elf.getLong(at + 8);
        dynamicBytes = elf.getLong(at + 32);
      }
    }
    if (dynamic < 0) {
      refuse("has no dynamic section");
    }
    readDynamic(dynamic, dynamicBytes);
  }

  private void readDynamic(long offset, long bytes) {
    List<Long> needed = new ArrayList<>();
    long versions = 0;
    long versionCount = 0;
    for (long i = 0; i + 16 <= bytes; i += 16) {
      int at = at(offset + i, 16);
      long tag = elf.getLong(at);
      long value = elf.getLong(at + 8);
      if (tag == DT_NULL) {
        break;
      } else if (tag == DT_NEEDED) {
        needed.add(value);
      } else if (tag == DT_STRTAB) {
        strings = inFile(value);
      } else if (tag == DT_STRSZ) {
        stringBytes = value;
      } else if (tag == DT_VERNEED) {
        versions = inFile(value);
      } else if (tag == DT_VERNEEDNUM) {
        versionCount = value;
      }
    }
    if (strings == 0 || versionCount < 0 || versionCount > MOST_ENTRIES) {
      refuse("has no string table, or an impossible number of version requirements (" + versionCount + ")");
    }
    at(strings, stringBytes);
    for (long n : needed) {
      references.add(new Reference(stringAt(n), text(n), -1, true));
    }
    readVersions(versions, (int) versionCount);
  }

  private void readVersions(long first, int count) {
    long file = first;
    for (int i = 0; i < count; i++) {
      int at = at(file, 16);
      long name = Integer.toUnsignedLong(elf.getInt(at + 4));
      references.add(new Reference(stringAt(name), text(name), -1, false));
      int versions = Short.toUnsignedInt(elf.getShort(at + 2));
      long version = file + Integer.toUnsignedLong(elf.getInt(at + 8));
      for (int j = 0; j < versions; j++) {
        int v = at(version, 16);
        long versionName = Integer.toUnsignedLong(elf.getInt(v + 8));
        references.add(new Reference(stringAt(versionName), text(versionName), v, false));
        version += Integer.toUnsignedLong(elf.getInt(v + 12));
      }
      file += Integer.toUnsignedLong(elf.getInt(at + 12));
    }
  }

  /** The offset as an index, if so many bytes from there lie in the file. */
  private int at(long offset, long bytes) {
    if (offset < 0 || bytes < 0 || Math.addExact(offset, bytes) > elf.capacity()) {
      throw new IndexOutOfBoundsException("offset " + offset + ", " + bytes + " bytes");
    }
    return (int) offset;
  }

  /** Where in the file an address is loaded from. */
  private long inFile(long address) {
    for (Segment s : segments) {
      if (address >= s.address && address - s.address < s.bytes) {
        return Math.addExact(s.offset, address - s.address);
      }
    }
    throw new IndexOutOfBoundsException("address " + Long.toHexString(address));
  }

  private int stringAt(long index) {
    if (index < 0 || index >= stringBytes) {
      throw new IndexOutOfBoundsException("string " + index + " of " + stringBytes + " bytes");
    }
    return at(strings + index, 1);
  }

  private String text(long index) {
    int start = stringAt(index);
    int limit = (int) (strings + stringBytes);
    int end = start;
    while (end < limit && elf.get(end) != 0) {
      end++;
    }
    if (end == limit) {
      throw new IndexOutOfBoundsException("string " + index + " has no end");
    }
    return new String(elf.array(), start, end - start, StandardCharsets.ISO_8859_1);
  }

  /** The libraries it needs. */
  Set<String> needed() {
    Set<String> names = new LinkedHashSet<>();
    references.stream().filter(Reference::needed).forEach(r -> names.add(r.name));
    return names;
  }

  /** The version names that it requires, of whichever libraries. */
  Set<String> versions() {
    Set<String> names = new LinkedHashSet<>();
    references.stream().filter(r -> r.hash >= 0).forEach(r -> names.add(r.name));
    return names;
  }

  /**
   * The file with other names.
   *
   * @param names old to new, each pair of the same length
   */
  byte[] renamed(Map<String, String> names) {
    byte[] copy = elf.array().clone();
    ByteBuffer out = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
    for (Reference r : references) {
      String to = names.get(r.name);
      if (to == null) {
        continue;
      }
      if (to.length() != r.name.length()) {
        throw new IllegalArgumentException("names are replaced in place: " + to + " is not as long as " + r.name);
      }
      byte[] text = to.getBytes(StandardCharsets.ISO_8859_1);
      System.arraycopy(text, 0, copy, r.text, text.length);
      if (r.hash >= 0) {
        out.putInt(r.hash, hash(to));
      }
    }
    return copy;
  }

  /** The hash of symbol and version names (System V ABI, figure 5-13). */
  static int hash(String name) {
    int h = 0;
    for (byte c : name.getBytes(StandardCharsets.ISO_8859_1)) {
      h = (h << 4) + Byte.toUnsignedInt(c);
      int high = h & 0xf0000000;
      h = (h ^ high >>> 24) & ~high;
    }
    return h;
  }
}
