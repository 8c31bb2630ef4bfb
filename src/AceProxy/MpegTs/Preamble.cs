namespace AceProxy.MpegTs;

/// <summary>What a client gets before the packets from a random access point on.</summary>
/// <param name="Bytes">Whole packets: discontinuity markers, then the tables. Empty if no tables are known.</param>
/// <param name="TablesOffset">
/// Where the tables begin. A client that jumps gets all of <paramref name="Bytes"/>; one that joins has seen nothing that could
/// be discontinued, and gets <c>Bytes[TablesOffset..]</c>.
/// </param>
internal readonly record struct Preamble(byte[] Bytes, int TablesOffset);
