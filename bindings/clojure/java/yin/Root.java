package yin;

/** A place in a domain: atom, agent, stream, cursor. Its word refers to nothing, so nobody has to keep it. */
interface Root {
  Domain domain();

  long word();
}
