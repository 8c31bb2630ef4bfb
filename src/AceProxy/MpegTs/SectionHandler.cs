namespace AceProxy.MpegTs;

/// <summary>Takes a whole section, not yet checked; the bytes are only valid during the call.</summary>
internal delegate void SectionHandler(int pid, ReadOnlySpan<byte> section);
