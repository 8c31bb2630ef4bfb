namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>
/// A transport stream clip looped for ever: clocks run on and continuity counters never jump, so a player sees one
/// endless programme. Built-in clips are made by <c>Clips/make-clips.sh</c>.
/// </summary>
public sealed class ClipBroadcast : IBroadcast
{
    private readonly byte[] _clip;
    private readonly ClipIndex _index;
    private readonly byte[] _continuitySteps;
    private readonly long _loopTicks;

    /// <param name="transportStream">Whole packets from the first byte on; a torn last packet is ignored.</param>
    /// <exception cref="InvalidDataException">Not a transport stream with a PCR and at least two timestamped frames.</exception>
    public ClipBroadcast(ReadOnlySpan<byte> transportStream)
    {
        _clip = transportStream[..(transportStream.Length / TransportPacket.Size * TransportPacket.Size)].ToArray();
        _index = new ClipIndex(_clip);
        _continuitySteps = new byte[0x2000];
        for (var pid = 0; pid < _continuitySteps.Length; pid++)
            _continuitySteps[pid] = (byte)(_index.ContinuitySteps(pid) & 15);
        _loopTicks = _index.Duration * 300;
    }

    /// <summary>Moving picture and tone of our own making: H.264 640x360 at 25 fps and AAC, 9.6 s, about 480 kbit/s.</summary>
    public static ClipBroadcast Demo { get; } = Embedded("demo.ts");

    /// <summary>How many packets one loop has.</summary>
    public int PacketsPerLoop => _index.Packets;

    /// <summary>How long one loop lasts.</summary>
    public TimeSpan LoopDuration => FromTicks(_loopTicks);

    public static ClipBroadcast FromFile(string path) => new(File.ReadAllBytes(path));

    public long PacketAt(TimeSpan onAir)
    {
        var ticks = Math.Max(0, onAir.Ticks);
        // The loop by division may be one off, because air times are rounded down to 100 ns.
        var loop = (long)((Int128)ticks * 27 / 10 / _loopTicks);
        var within = (long)((Int128)(ticks + 1) * 27 / 10 - (Int128)loop * _loopTicks);
        var found = Array.BinarySearch(_index.AirTimes, within);
        var packet = loop * _index.Packets + (found >= 0 ? found : ~found - 1);
        while (TimeOf(packet).Ticks > ticks)
            packet--;
        while (TimeOf(packet + 1).Ticks <= ticks)
            packet++;
        return packet;
    }

    public TimeSpan TimeOf(long packet)
    {
        var (loop, within) = Math.DivRem(packet, _index.Packets);
        return new TimeSpan((long)(((Int128)loop * _loopTicks + _index.AirTimes[within]) * 10 / 27));
    }

    public void Read(long firstPacket, Span<byte> destination)
    {
        var (loop, within) = Math.DivRem(firstPacket, _index.Packets);
        while (destination.Length > 0)
        {
            var packets = Math.Min(_index.Packets - (int)within, destination.Length / TransportPacket.Size);
            var span = destination[..(packets * TransportPacket.Size)];
            _clip.AsSpan((int)within * TransportPacket.Size, span.Length).CopyTo(span);
            Shift(loop, (int)within, span);
            destination = destination[span.Length..];
            (loop, within) = (loop + 1, 0);
        }
    }

    private static TimeSpan FromTicks(long ticks27) => new(ticks27 * 10 / 27);

    private static ClipBroadcast Embedded(string name)
    {
        using var resource = typeof(ClipBroadcast).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The clip {name} is not embedded in the assembly.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return new ClipBroadcast(bytes);
    }

    private void Shift(long loop, int first, Span<byte> packets)
    {
        var pcrShift = (long)((Int128)loop * _loopTicks % TransportPacket.PcrWrap);
        var ptsShift = (long)((Int128)loop * _index.Duration % TransportPacket.PtsWrap);
        for (var i = first; packets.Length > 0; i++, packets = packets[TransportPacket.Size..])
        {
            ref readonly var entry = ref _index.Entries[i];
            TransportPacket.SetContinuity(packets, (int)(entry.Continuity + loop * _continuitySteps[entry.Pid] & 15));
            if (entry.HasPcr)
                TransportPacket.WritePcr(packets, TransportPacket.ReadPcr(packets) + pcrShift);
            if (entry.PtsOffset > 0)
                Advance(packets[entry.PtsOffset..], ptsShift);
            if (entry.DtsOffset > 0)
                Advance(packets[entry.DtsOffset..], ptsShift);
        }
    }

    private static void Advance(Span<byte> field, long shift) =>
        TransportPacket.WriteTimestamp(field, TransportPacket.ReadTimestamp(field) + shift);
}
