namespace AceProxy.MpegTs;

/// <summary>
/// The tables and continuity counters just before a packet, for the <see cref="Preamble"/> of one who begins there. Taking them
/// down is cheap and without allocation, because it is done at every access unit and few prove to be worth it.
/// </summary>
internal sealed class JoinPoint
{
    private readonly byte[] _counters = new byte[ProgramMap.MaxPids]; // as ProgramMap.Pids
    private ProgramMap? _program;
    private byte _associationCounter;
    private byte _mapCounter;

    /// <summary>
    /// Association and map were seen before it. Without, they are known from another connection, and what counters come next is not.
    /// </summary>
    public bool CountsTables => _associationCounter != StreamInspector.NoCounter && _mapCounter != StreamInspector.NoCounter;

    /// <param name="program">The program in force.</param>
    /// <param name="counters">The last counters by PID, <see cref="StreamInspector.NoCounter"/> where there was none.</param>
    /// <param name="packet">
    /// The packet to begin with. For its own PID its own counter says what was before, even if packets were lost.
    /// </param>
    public void Capture(ProgramMap program, ReadOnlySpan<byte> counters, ReadOnlySpan<byte> packet)
    {
        _program = program;
        _associationCounter = counters[TsPacket.PatPid];
        _mapCounter = counters[program.MapPid];
        var own = TsPacket.Pid(packet);
        var pids = program.Pids;
        for (var i = 0; i < pids.Length; i++)
        {
            _counters[i] = pids[i] == own
                ? (byte)((TsPacket.ContinuityCounter(packet) - 1) & 0x0F)
                : counters[pids[i]];
        }
    }

    public Preamble Build()
    {
        if (_program is not { } program)
            return new Preamble([], 0);

        // A PID that has carried nothing yet has no counter to go on from, and nothing to discontinue. The tables' own PIDs jump too:
        // what was sent before may be any number of tables ago.
        var pids = program.Pids;
        var clockIsOnTheMapsPid = pids.Contains((ushort)program.MapPid);
        var markers = clockIsOnTheMapsPid ? 1 : 2;
        foreach (var counter in _counters.AsSpan(0, pids.Length))
            markers += counter == StreamInspector.NoCounter ? 0 : 1;

        var associationPackets = TableSection.PacketCount(program.Association.Length);
        var mapPackets = TableSection.PacketCount(program.Map.Length);
        var bytes = new byte[(markers + associationPackets + mapPackets) * TsPacket.Size];
        var rest = bytes.AsSpan();
        for (var i = 0; i < pids.Length; i++)
        {
            if (_counters[i] == StreamInspector.NoCounter)
                continue;

            // A clock on the map's PID: what comes next there is the map below, not the stream's next packet.
            var before = pids[i] == program.MapPid ? (_counters[i] - mapPackets) & 0x0F : _counters[i];
            DiscontinuityMarker.Write(rest, pids[i], before);
            rest = rest[TsPacket.Size..];
        }

        DiscontinuityMarker.Write(rest, TsPacket.PatPid, (_associationCounter - associationPackets) & 0x0F);
        rest = rest[TsPacket.Size..];
        if (!clockIsOnTheMapsPid)
        {
            DiscontinuityMarker.Write(rest, program.MapPid, (_mapCounter - mapPackets) & 0x0F);
            rest = rest[TsPacket.Size..];
        }

        TableSection.WritePackets(rest, TsPacket.PatPid, _associationCounter, program.Association);
        rest = rest[(associationPackets * TsPacket.Size)..];
        TableSection.WritePackets(rest, program.MapPid, _mapCounter, program.Map);
        return new Preamble(bytes, markers * TsPacket.Size);
    }
}
