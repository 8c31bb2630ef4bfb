namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>What has to change in a clip's packets from loop to loop, found once when the clip is loaded.</summary>
internal sealed class ClipIndex
{
    private readonly Dictionary<int, int> _continuity = [];
    private readonly Dictionary<int, List<long>> _decodeTimes = [];
    private readonly List<(int Packet, long Pcr)> _clock = [];

    public ClipIndex(ReadOnlySpan<byte> clip)
    {
        Packets = clip.Length / TransportPacket.Size;
        Entries = new ClipEntry[Packets];
        for (var packet = 0; packet < Packets; packet++)
            Entries[packet] = Examine(packet, clip.Slice(packet * TransportPacket.Size, TransportPacket.Size));
        if (_clock.Count == 0)
            throw new InvalidDataException("The clip has no PCR, so nothing says how fast it runs.");
        Duration = Span();
        AirTimes = Interpolate();
    }

    public int Packets { get; }

    /// <summary>One entry a packet: counter within the loop and the places of its timestamps.</summary>
    public ClipEntry[] Entries { get; }

    /// <summary>Length of the loop in 90 kHz ticks.</summary>
    public long Duration { get; }

    /// <summary>For each packet, 27 MHz ticks since the clip's first packet.</summary>
    public long[] AirTimes { get; }

    /// <summary>How many counter steps a PID takes a loop.</summary>
    public int ContinuitySteps(int pid) => _continuity.GetValueOrDefault(pid);

    private ClipEntry Examine(int index, ReadOnlySpan<byte> packet)
    {
        if (packet[0] != TransportPacket.SyncByte)
            throw new InvalidDataException($"Packet {index} of the clip does not begin with 0x47.");
        var pid = TransportPacket.Pid(packet);
        var steps = _continuity.GetValueOrDefault(pid);
        if (TransportPacket.HasPayload(packet))
            _continuity[pid] = ++steps;
        if (TransportPacket.HasPcr(packet))
            _clock.Add((index, TransportPacket.ReadPcr(packet)));
        var (pts, dts) = FindTimestamps(index, packet);
        if (pts > 0)
        {
            if (!_decodeTimes.TryGetValue(pid, out var times))
                _decodeTimes[pid] = times = [];
            times.Add(TransportPacket.ReadTimestamp(packet[(dts > 0 ? dts : pts)..]));
        }
        return new ClipEntry((ushort)pid, (byte)(steps + 15 & 15), TransportPacket.HasPcr(packet), pts, dts);
    }

    private static (byte Pts, byte Dts) FindTimestamps(int index, ReadOnlySpan<byte> packet)
    {
        if (!TransportPacket.StartsUnit(packet) || !TransportPacket.HasPayload(packet))
            return (0, 0);
        var start = TransportPacket.PayloadOffset(packet);
        if (start + 9 > TransportPacket.Size || packet[start] != 0 || packet[start + 1] != 0 || packet[start + 2] != 1)
            return (0, 0);
        var flags = packet[start + 7] >> 6;
        if (flags < 2)
            return (0, 0);
        var end = start + (flags == 3 ? 19 : 14);
        if (end > TransportPacket.Size)
            throw new InvalidDataException($"The timestamps of packet {index} run over into the next packet.");
        return ((byte)(start + 9), flags == 3 ? (byte)(start + 14) : (byte)0);
    }

    /// <summary>The clock's stream decides: its decode times from first to last, and one frame more.</summary>
    private long Span()
    {
        var clockPid = Entries[_clock[0].Packet].Pid;
        var times = _decodeTimes.GetValueOrDefault(clockPid) ?? _decodeTimes.Values.FirstOrDefault();
        if (times is null || times.Count < 2)
            throw new InvalidDataException("The clip has fewer than two frames with a timestamp.");
        var frame = Forward(times[^2], times[^1], TransportPacket.PtsWrap);
        return Forward(times[0], times[^1], TransportPacket.PtsWrap) + frame;
    }

    /// <summary>Packets between two PCRs are spread evenly; the last gap closes on the first PCR of the next loop.</summary>
    private long[] Interpolate()
    {
        var loop = Duration * 300;
        var times = new long[Packets];
        for (var i = 0; i < _clock.Count; i++)
        {
            var (from, pcr) = _clock[i];
            var last = i + 1 == _clock.Count;
            var to = last ? _clock[0].Packet + Packets : _clock[i + 1].Packet;
            var start = Forward(_clock[0].Pcr, pcr, TransportPacket.PcrWrap);
            var end = last ? loop : Forward(_clock[0].Pcr, _clock[i + 1].Pcr, TransportPacket.PcrWrap);
            if (end <= start)
                throw new InvalidDataException("The clip's PCR does not run forward, or runs longer than its frames.");
            for (var packet = from; packet < to; packet++)
                times[packet % Packets] = start + (end - start) * (packet - from) / (to - from) - (packet >= Packets ? loop : 0);
        }
        var origin = times[0];
        for (var packet = 0; packet < Packets; packet++)
            times[packet] -= origin;
        return times;
    }

    private static long Forward(long from, long to, long wrap) => (to - from + wrap) % wrap;
}
