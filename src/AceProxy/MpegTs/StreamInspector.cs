using System.Diagnostics;

namespace AceProxy.MpegTs;

/// <summary>
/// Watches a transport stream go by, packet by packet: which program it carries, its clock, and where a client can begin.
/// Not thread-safe; one reader owns it.
/// </summary>
/// <remarks>
/// A random access point is a packet that begins a PES packet of the program's video with the multiplexer's
/// random_access_indicator (ISO/IEC 13818-1, 2.4.3.5) or, since many multiplexers never set it, with an access unit that proves
/// by its own syntax that decoding can begin there. The proof may lie some packets behind the start. Scrambled packets and codecs
/// not looked into have only the flag. A program without video can be joined at any PES packet.
/// </remarks>
internal sealed class StreamInspector
{
    /// <summary>In place of a continuity counter where none was seen.</summary>
    public const byte NoCounter = 0xFF;

    private readonly byte[] _counters = new byte[TsPacket.PidCount];
    private readonly ProgramSelector _programs;
    private readonly RandomAccessSearch _search = new();
    private JoinPoint _candidate = new();
    private JoinPoint _proven = new();
    private ProgramMap? _program;

    public StreamInspector()
        : this(new ProgramSelector())
    {
    }

    private StreamInspector(ProgramSelector programs)
    {
        _programs = programs;
        Array.Fill(_counters, NoCounter);
        Follow(programs.Current);
    }

    /// <summary>The number of the packet that begins an access unit which may yet prove a random access point, or -1.</summary>
    public long Candidate => _search.Candidate;

    /// <summary>Association and map of a program are known.</summary>
    public bool HasProgram => _program is not null;

    /// <summary>The known program has a video stream; with <see cref="HasProgram"/>, false means that it is audio only.</summary>
    public bool HasVideo => _program is { HasVideo: true };

    /// <summary>The program's last clock reference in ticks of 27 MHz, -1 if there was none.</summary>
    public long LastPcr { get; private set; } = -1;

    /// <summary>Looks at one packet.</summary>
    /// <param name="packet">A whole packet, of any content.</param>
    /// <param name="index">The caller's running packet number.</param>
    /// <returns>
    /// The number of the packet that begins a random access point which this packet completed the proof of:
    /// <paramref name="index"/> or a little earlier. -1 if there is none.
    /// </returns>
    public long Inspect(ReadOnlySpan<byte> packet, long index)
    {
        Debug.Assert(packet.Length == TsPacket.Size, "the aligner hands out whole packets");

        // With transport_error_indicator set, not even the PID can be relied on.
        var pid = TsPacket.Pid(packet);
        if (pid == TsPacket.NullPid || packet[0] != TsPacket.SyncByte || TsPacket.TransportError(packet))
            return -1;

        _programs.Add(packet, pid);
        if (!ReferenceEquals(_program, _programs.Current))
            Follow(_programs.Current);

        var found = -1L;
        if (_program is { } program)
        {
            if (pid == program.PcrPid && TsPacket.TryGetPcr(packet, out var pcr))
                LastPcr = pcr;

            if (pid == program.VideoPid)
                found = InspectVideo(packet, index, program);
            else if (!program.HasVideo && StartsPes(packet) && program.IsElementary(pid))
                found = Prove(packet, index, program);
        }

        // Packets without payload repeat the counter, and some multiplexers put nonsense there (2.4.3.3).
        if (TsPacket.HasPayload(packet) || _counters[pid] == NoCounter)
            _counters[pid] = (byte)TsPacket.ContinuityCounter(packet);
        return found;
    }

    /// <summary>
    /// What a client gets before it begins at the last random access point that <see cref="Inspect"/> returned. For every
    /// elementary PID of the program, and the PCR's, a packet without payload that marks a discontinuity and has the counter that
    /// the PID's next packet goes on from; then the tables in force at that point, with the counters that the stream's next tables
    /// go on from. Allocates; to be called once per point.
    /// </summary>
    public Preamble JoinPreamble() => _proven.Build();

    /// <summary>Whether the stream's next tables go on from that preamble's; if not, they have to be announced.</summary>
    public bool JoinCountsTables => _proven.CountsTables;

    /// <summary>The same for one who has to begin at this packet, the last that was looked at, although it is no random access point.</summary>
    public Preamble PreambleAt(ReadOnlySpan<byte> packet)
    {
        var here = new JoinPoint();
        if (_program is { } program)
            here.Capture(program, _counters, packet);
        return here.Build();
    }

    /// <summary>One for another connection to the same stream: it knows the tables and nothing else.</summary>
    public StreamInspector Successor() => new(_programs.Successor());

    /// <summary>
    /// When packets were lost: forgets sections and access units that were begun, and the clock. The tables stay until others come.
    /// </summary>
    public void Reset()
    {
        _programs.Reset();
        _search.Abandon();
        LastPcr = -1;
    }

    private static bool StartsPes(ReadOnlySpan<byte> packet) =>
        TsPacket.PayloadUnitStart(packet) && !TsPacket.Payload(packet).IsEmpty;

    private void Follow(ProgramMap? program)
    {
        if (program?.PcrPid != _program?.PcrPid)
            LastPcr = -1;

        _program = program;
        _search.Follow(program?.VideoPid ?? -1, program?.Codec ?? VideoCodec.None);
    }

    private long InspectVideo(ReadOnlySpan<byte> packet, long index, ProgramMap program)
    {
        var starts = StartsPes(packet);
        if (!starts && (_search.Candidate < 0 || !TsPacket.HasPayload(packet)))
            return -1;

        var counter = TsPacket.ContinuityCounter(packet);
        var last = _counters[program.VideoPid];
        var contiguous = counter == ((last + 1) & 0x0F);
        if (starts)
        {
            if (_search.Begin(index, contiguous))
                _candidate.Capture(program, _counters, packet);
            if (TsPacket.RandomAccessIndicator(packet))
                return Prove();
        }
        else if (!contiguous)
        {
            // The same packet sent twice (2.4.3.3) adds nothing; a gap leaves the access unit damaged, no place to begin.
            if (counter != last)
                _search.Abandon();
            return -1;
        }

        if (!TsPacket.IsScrambled(packet))
        {
            switch (_search.Scan(TsPacket.Payload(packet)))
            {
                case AccessUnitVerdict.RandomAccess:
                    return Prove();
                case AccessUnitVerdict.Undecided:
                    return -1;
                default:
                    break;
            }
        }

        _search.Abandon();
        return -1;
    }

    private long Prove()
    {
        var found = _search.Candidate;
        (_candidate, _proven) = (_proven, _candidate);
        _search.Abandon();
        return found;
    }

    private long Prove(ReadOnlySpan<byte> packet, long index, ProgramMap program)
    {
        _proven.Capture(program, _counters, packet);
        return index;
    }
}
