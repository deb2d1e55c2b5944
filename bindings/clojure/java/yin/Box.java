package yin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;

/** Memory that natives leave their results in: one a thread, read at once and never across other calls. */
final class Box {
  static final int WORDS = 1024;  // kBoxWords

  private static final ThreadLocal<Box> OF_THREAD = ThreadLocal.withInitial(() -> new Box(WORDS));

  final ByteBuffer bytes;
  final LongBuffer words;
  final long address;

  Box(int words) {
    bytes = ByteBuffer.allocateDirect(words * 8).order(ByteOrder.nativeOrder());
    this.words = bytes.asLongBuffer();
    address = Native.bufferAddress(bytes);
  }

  static Box get() {
    return OF_THREAD.get();
  }

  int capacity() {
    return words.capacity();
  }
}
