namespace AceProxy.MpegTs;

/// <summary>
/// The program that is followed, with the sections that describe it. Immutable, so that a join point keeps the tables of its
/// moment by keeping a reference.
/// </summary>
internal sealed class ProgramMap
{
    /// <summary>Most PIDs in <see cref="Pids"/>.</summary>
    public const int MaxPids = ElementaryStreams.MaxCount + 1;

    private readonly ushort[] _pids;

    /// <param name="association">The program association section that lists the program.</param>
    /// <param name="map">Its program map section, already found in force.</param>
    /// <param name="mapPid">The PID that carries the map.</param>
    public ProgramMap(byte[] association, byte[] map, int mapPid)
    {
        Association = association;
        Map = map;
        MapPid = mapPid;
        Number = TableSection.Extension(map);
        PcrPid = ElementaryStreams.PcrPid(map);

        Span<ushort> pids = stackalloc ushort[MaxPids];
        var count = 0;
        var streams = new ElementaryStreams(map);
        while (streams.MoveNext())
        {
            if (!pids[..count].Contains(streams.Pid))
                pids[count++] = streams.Pid;

            var codec = StreamType.Codec(streams.Type);
            if (VideoPid < 0 && codec != VideoCodec.None)
            {
                VideoPid = streams.Pid;
                Codec = codec;
            }
        }

        ElementaryCount = count;
        if (PcrPid is >= TsPacket.FirstAssignablePid and < TsPacket.NullPid && !pids[..count].Contains((ushort)PcrPid))
            pids[count++] = (ushort)PcrPid;

        _pids = pids[..count].ToArray();
    }

    private ProgramMap(ProgramMap other, byte[] association)
    {
        Association = association;
        Map = other.Map;
        MapPid = other.MapPid;
        Number = other.Number;
        PcrPid = other.PcrPid;
        VideoPid = other.VideoPid;
        Codec = other.Codec;
        ElementaryCount = other.ElementaryCount;
        _pids = other._pids;
    }

    public byte[] Association { get; }

    public byte[] Map { get; }

    public int MapPid { get; }

    public int Number { get; }

    public int PcrPid { get; }

    /// <summary>The first video stream's PID, -1 if the program has none.</summary>
    public int VideoPid { get; } = -1;

    public VideoCodec Codec { get; }

    public bool HasVideo => VideoPid >= 0;

    /// <summary>The elementary streams' PIDs, and the PCR's behind them if it is not one of theirs.</summary>
    public ReadOnlySpan<ushort> Pids => _pids;

    private int ElementaryCount { get; }

    /// <summary>The same program in another association.</summary>
    public ProgramMap With(byte[] association) => new(this, association);

    public bool IsElementary(int pid) => Pids[..ElementaryCount].Contains((ushort)pid);
}
