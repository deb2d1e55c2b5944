package yin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * The C interface of Yin as the JVM sees it: domains and what they own are addresses, values are words.
 * Each call takes some 5 ns more than what it does. Any thread may call; what a word refers to must be
 * kept by somebody meanwhile (Hold). Errors are thrown as Failure makes them.
 *
 * <p>The library is META-INF/native/OS-ARCH/libyin_jni.so of the jar, unpacked to a temporary directory.
 * -Dyin.library.path=DIR, or one of java.library.path's, comes before it.
 */
public final class Native {
  private static final int ABI_VERSION = 1;

  static {
    load();
    if (abiVersion() != ABI_VERSION)
      throw new UnsatisfiedLinkError("libyin_jni has interface version " + abiVersion()
          + ", this jar needs " + ABI_VERSION);
  }

  private Native() {}

  private static void load() {
    String file = System.mapLibraryName("yin_jni");
    String directory = System.getProperty("yin.library.path");
    if (directory != null) {
      System.load(Path.of(directory, file).toAbsolutePath().toString());
      return;
    }
    for (String place : System.getProperty("java.library.path", "").split(java.io.File.pathSeparator)) {
      Path path = Path.of(place, file);
      if (!place.isEmpty() && Files.isRegularFile(path)) {
        System.load(path.toAbsolutePath().toString());
        return;
      }
    }
    loadFromJar(file);
  }

  private static void loadFromJar(String file) {
    String resource = "META-INF/native/" + platform() + "/" + file;
    try (InputStream bytes = Native.class.getClassLoader().getResourceAsStream(resource)) {
      if (bytes == null)
        throw new UnsatisfiedLinkError("no " + resource + " on the class path: the jar was built on another platform;"
            + " build it on this one, or set -Dyin.library.path to where libyin_jni is");
      Path directory = Files.createTempDirectory("yin-jni");
      Path library = directory.resolve(file);
      Files.copy(bytes, library, StandardCopyOption.REPLACE_EXISTING);
      System.load(library.toString());
      Files.delete(library);  // it stays mapped
      Files.delete(directory);
    } catch (IOException e) {
      UnsatisfiedLinkError error = new UnsatisfiedLinkError("cannot unpack " + resource + " to "
          + System.getProperty("java.io.tmpdir") + ": " + e.getMessage() + "; set -Dyin.library.path");
      error.initCause(e);
      throw error;
    }
  }

  static String platform() {
    String arch = System.getProperty("os.arch");
    if (arch.equals("amd64")) arch = "x86_64";
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).split(" ")[0] + "-" + arch;
  }

  public static native int abiVersion();
  public static native byte[] version();
  public static native int formatVersion();
  public static native long bufferAddress(ByteBuffer direct);

  public static native int kind(long domain, long word);
  public static native long count(long domain, long word);
  public static native long get(long domain, long collection, long key);
  public static native long findKey(long domain, long collection, long key);
  public static native long getParcel(long domain, long collection, boolean theKey, long parcel, int words);
  public static native long getText(long domain, long collection, long text, int size);
  public static native long nth(long domain, long collection, long index);
  public static native long peek(long domain, long collection);
  public static native long meta(long domain, long word);
  public static native boolean equal(long domain, long a, long b);
  public static native int describe(long domain, long word, long room, int words);
  public static native byte[] name(long domain, long word);
  public static native byte[] print(long domain, long word, long limit);

  /** 0 when the domain does not know the name. */
  public static native long knownKeyword(long domain, byte[] name);
  public static native long keyword(long domain, byte[] name);
  public static native long symbol(long domain, byte[] name);

  /** What apply() does: parcel.cc says what each takes from the parcel. */
  static final int BUILD = 0, ASSOC = 1, DISSOC = 2, CONJ = 3, DISJ = 4, POP = 5, MERGE = 6, WITH_META = 7,
      BARE = 8, UPDATE_ITEMS = 9, UPDATE_PAIRS = 10, UPDATE_REMOVE = 11;

  /** A new value; of a reference the box gets a handle and what it is, unless it is `base` itself. */
  public static native long apply(long domain, int verb, long base, long parcel, int words, long box);
  public static native long read(long domain, byte[] text, long box);
  /** A new handle that keeps what the word refers to. */
  public static native long handle(long domain, long word);

  /** The first batch into the box; 0 when it is all. */
  public static native long iterate(long domain, long collection, int range, long parcel, int words, int room,
      long box);
  public static native boolean next(long domain, long iterator, int room, long box);

  public static native long open(byte[] path, int mode, long capacity, long durability, boolean keeper);
  public static native void close(long domain);
  public static native boolean isClosed(long domain);
  public static native void remove(byte[] path);
  public static native long[] stat(long domain);
  public static native void flush(long domain, int timeoutMs);
  public static native boolean collect(long domain);
  public static native void verify(long domain);
  public static native void release(int sort, long owned);

  public static native long atom(long domain, byte[] name, long parcel, int words);
  public static native long findName(long domain, byte[] name);
  public static native void deleteName(long domain, byte[] name);
  public static native void rename(long domain, byte[] from, byte[] to);
  public static native void deleteAtom(long domain, long atom);
  public static native Object[] atoms(long domain);
  public static native long deref(long domain, long atom, long known, long box);

  /** What commit() and commitParcel() tell. */
  static final int DONE = 0, CONFLICT = 1, DONE_AND_KEPT = 2;

  public static native int commit(long domain, long atom, long expected, long value);
  public static native int commitParcel(long domain, long atom, long expected, long parcel, int words, long box);
  public static native boolean commitAll(long domain, long[] changes);
  public static native boolean compareAndSet(long domain, long atom, long parcel, int words);
  public static native void backOff(long domain, long atom, int tries);

  public static native long snapshot(long domain);
  public static native long snapshotDeref(long domain, long snapshot, long atom, long box);

  public static native long watchStart(long domain, long atom, int mode);
  public static native int watchWait(long[] watches, int timeoutMs);
  public static native void watchWake(long domain);
  public static native long[] watchTake(long domain, long watch, long beforeBox, long afterBox);

  public static native long spawn(long domain, byte[] program, byte[] file, byte[] name);
  public static native long[] agentLook(long domain, long agent, long box);
  public static native void agentResume(long domain, long agent, long parcel, int words);
  public static native long serve(long domain, int threads);
  public static native void serveStop(long server);

  public static native long stream(long domain, byte[] name, long capacity);
  public static native boolean streamPut(long domain, long stream, long parcel, int words);
  public static native void streamClose(long domain, long stream);
  public static native long cursor(long domain, long stream);
  public static native long cursorStream(long domain, long cursor);
  public static native long[] cursorNext(long domain, long cursor, long box);
}
