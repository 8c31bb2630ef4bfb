using System.Buffers.Binary;

namespace AceProxy.MpegTs;

/// <summary>
/// Reads program association and program maps and chooses the program to follow: the first in the association that has video,
/// else the first. Tables that change take effect as soon as they are whole.
/// </summary>
internal sealed class ProgramSelector
{
    private const int EntrySize = 4;

    /// <summary>Most programs that an association section can list (ISO/IEC 13818-1, 2.4.4.4: 1021 bytes less nine).</summary>
    private const int MaxPrograms = (1021 - 9) / EntrySize;

    private readonly SectionAssembler _association;
    private readonly SectionAssembler?[] _maps = new SectionAssembler?[MaxPrograms];
    private readonly byte[] _mapOfPid = new byte[TsPacket.PidCount]; // 1 + index in _maps; 0 for PIDs without maps
    private readonly (int Number, int Pid)[] _programs = new (int, int)[MaxPrograms];
    private readonly bool[] _seen = new bool[MaxPrograms];
    private byte[] _associationSection = [];
    private int _programCount;
    private int _mapCount;
    private int _currentIndex;

    public ProgramSelector() => _association = new SectionAssembler(OnAssociation);

    /// <summary>The program to follow, null until its tables are known.</summary>
    public ProgramMap? Current { get; private set; }

    /// <summary>Takes the packet if its PID carries tables.</summary>
    public void Add(ReadOnlySpan<byte> packet, int pid)
    {
        if (pid == TsPacket.PatPid)
            _association.Add(packet);
        else if (_mapOfPid[pid] is > 0 and var map)
            _maps[map - 1]!.Add(packet);
    }

    /// <summary>One that follows the same program by the same tables, and has begun no section.</summary>
    public ProgramSelector Successor()
    {
        var successor = new ProgramSelector();
        successor.OnAssociation(TsPacket.PatPid, _associationSection);
        (successor.Current, successor._currentIndex) = (Current, _currentIndex);
        return successor;
    }

    /// <summary>Forgets sections that were begun; the tables stay in force until others come.</summary>
    public void Reset()
    {
        _association.Reset();
        foreach (var map in _maps.AsSpan(0, _mapCount))
            map!.Reset();
    }

    private void OnAssociation(int pid, ReadOnlySpan<byte> section)
    {
        if (section.SequenceEqual(_associationSection) || !TableSection.IsInForce(section, TableSection.ProgramAssociation))
            return;

        _associationSection = section.ToArray();
        foreach (var map in _maps.AsSpan(0, _mapCount))
            _mapOfPid[map!.Pid] = 0;
        _mapCount = 0;
        _programCount = 0;
        Array.Clear(_seen);

        var entries = section[TableSection.HeaderSize..^TableSection.CrcSize];
        for (; entries.Length >= EntrySize; entries = entries[EntrySize..])
            List(BinaryPrimitives.ReadUInt16BigEndian(entries), TableSection.ReadPid(entries[2..]));

        KeepCurrent();
    }

    private void List(int number, int pid)
    {
        // Program 0 is the network information table's entry (2.4.4.5).
        if (number == 0 || pid is < TsPacket.FirstAssignablePid or TsPacket.NullPid || _programCount == MaxPrograms)
            return;

        _programs[_programCount++] = (number, pid);
        if (_mapOfPid[pid] != 0)
            return; // several programs may share a PID for their maps

        var assembler = _maps[_mapCount] ??= new SectionAssembler(OnMap);
        assembler.Listen(pid);
        _mapOfPid[pid] = (byte)++_mapCount;
    }

    private void KeepCurrent()
    {
        if (Current is null)
            return;

        _currentIndex = IndexOf(Current.Number, Current.MapPid);
        Current = _currentIndex < 0 ? null : Current.With(_associationSection);
    }

    private void OnMap(int pid, ReadOnlySpan<byte> section)
    {
        if (Current is not null && pid == Current.MapPid && section.SequenceEqual(Current.Map))
            return;

        if (!ElementaryStreams.Fits(section) || !TableSection.IsInForce(section, TableSection.ProgramMap))
            return;

        var index = IndexOf(TableSection.Extension(section), pid);
        if (index < 0 || !IsBetter(index, ElementaryStreams.HasVideo(section)))
            return;

        Current = new ProgramMap(_associationSection, section.ToArray(), pid);
        _currentIndex = index;
    }

    private bool IsBetter(int index, bool video)
    {
        if (Current is not null)
            return index == _currentIndex || (video == Current.HasVideo ? index < _currentIndex : video);

        if (video || _programCount == 1)
            return true;

        // Not yet: the next program may have video. When this map comes round again, the others have had their turn.
        var before = _seen[index];
        _seen[index] = true;
        return before;
    }

    private int IndexOf(int number, int pid) => _programs.AsSpan(0, _programCount).IndexOf((number, pid));
}
