namespace AceProxy.MpegTs;

/// <summary>
/// Finds where packets begin in a stream of bytes, and finds it again when bytes were lost.
/// </summary>
/// <remarks>
/// <para>
/// A sync byte may also occur inside a packet, so a place is believed only when <see cref="ConfirmedPackets"/> packets in a row
/// begin with one. Once in step a packet needs only its own sync byte: asking for more would hold back a live stream's newest
/// packets.
/// </para>
/// <para>
/// Every offset thrown away has been disproved by bytes already seen, and what is kept begins with the one candidate that has
/// not; looking again at a call therefore costs a constant, however small the pieces that the caller appends.
/// </para>
/// </remarks>
internal sealed class PacketAligner
{
    /// <summary>
    /// Sync bytes that must stand one packet apart. Multiplexers are asked to let a false one recur in the same place of at most
    /// four packets in a row (ISO/IEC 13818-1, annex G, sync byte emulation), so five are real; of random bytes 1 in 2^40.
    /// </summary>
    public const int ConfirmedPackets = 5;

    private bool _inStep;

    /// <summary>Bytes thrown away, ever.</summary>
    public long SkippedBytes { get; private set; }

    /// <summary>Times that a packet in step did not begin with a sync byte.</summary>
    public long SyncLosses { get; private set; }

    /// <summary>Bytes thrown away since the last accepted packet: a caller gives up on a source that never aligns.</summary>
    public long BytesSinceAligned { get; private set; }

    /// <summary>Finds the next run of whole packets in <paramref name="buffer"/>.</summary>
    /// <param name="buffer">The bytes kept from the last call and what came since.</param>
    /// <param name="skip">Bytes before the run, to be thrown away.</param>
    /// <param name="length">
    /// Bytes of the run, a multiple of <see cref="TsPacket.Size"/>. 0: more bytes are needed; the caller keeps what follows
    /// <paramref name="skip"/> (always less than <see cref="ConfirmedPackets"/> packets) and appends to it.
    /// </param>
    public void Next(ReadOnlySpan<byte> buffer, out int skip, out int length)
    {
        skip = 0;
        if (_inStep)
        {
            length = RunInStep(buffer);
            if (_inStep || length > 0)
            {
                Count(0, length);
                return;
            }
        }

        skip = FindConfirmed(buffer);
        length = _inStep ? RunInStep(buffer[skip..]) : 0;
        Count(skip, length);
    }

    /// <summary>
    /// Ends the stream: says how many bytes of what the caller still holds are whole packets, and starts afresh.
    /// </summary>
    /// <remarks>
    /// Out of step there are too few packets to confirm one another. They are believed when they fill <paramref name="rest"/>
    /// exactly: a stream that ends where a packet ends confirms the place as well as another sync byte would. Otherwise
    /// nothing is, because a tail lost is a lesser harm than garbage delivered.
    /// </remarks>
    public int Flush(ReadOnlySpan<byte> rest)
    {
        var whole = 0;
        while (rest.Length - whole >= TsPacket.Size && rest[whole] == TsPacket.SyncByte)
            whole += TsPacket.Size;

        var length = _inStep || whole == rest.Length ? whole : 0;
        SkippedBytes += rest.Length - length;
        Reset();
        return length;
    }

    /// <summary>After a reconnection: what comes next need not begin where the last packet ended.</summary>
    public void Reset()
    {
        _inStep = false;
        BytesSinceAligned = 0;
    }

    /// <summary>Whole packets at the start of the bytes; leaves step if the next does not begin with a sync byte.</summary>
    private int RunInStep(ReadOnlySpan<byte> bytes)
    {
        var end = 0;
        while (end < bytes.Length)
        {
            if (bytes[end] != TsPacket.SyncByte)
            {
                _inStep = false;
                SyncLosses++;
                break;
            }

            if (bytes.Length - end < TsPacket.Size)
                break;

            end += TsPacket.Size;
        }

        return end;
    }

    /// <summary>The first place not disproved; enters step if it is proved.</summary>
    private int FindConfirmed(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; ; at++)
        {
            var next = bytes[at..].IndexOf(TsPacket.SyncByte);
            if (next < 0)
                return bytes.Length;

            at += next;
            var confirmed = 1;
            while (confirmed < ConfirmedPackets)
            {
                var sync = at + (confirmed * TsPacket.Size);
                if (sync >= bytes.Length)
                    return at;

                if (bytes[sync] != TsPacket.SyncByte)
                    break;

                confirmed++;
            }

            if (confirmed == ConfirmedPackets)
            {
                _inStep = true;
                return at;
            }
        }
    }

    private void Count(int skip, int length)
    {
        SkippedBytes += skip;
        BytesSinceAligned = length > 0 ? 0 : BytesSinceAligned + skip;
    }
}
