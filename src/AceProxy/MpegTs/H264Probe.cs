using System.Numerics;

namespace AceProxy.MpegTs;

/// <summary>
/// ITU-T H.264: an access point is an IDR picture; a picture with a recovery point message (D.1.8), which is how open groups of
/// pictures and intra refresh say that decoding may begin; or an intra picture with its sequence parameter set, which is what
/// encoders send that say nothing.
/// </summary>
internal sealed class H264Probe : AccessUnitProbe
{
    // nal_unit_type (7.4.1, table 7-1).
    private const int Slice = 1;
    private const int SliceDataPartitionA = 2;
    private const int IdrSlice = 5;
    private const int Sei = 6;
    private const int SequenceParameterSet = 7;
    private const int AccessUnitDelimiter = 9;

    /// <summary>payloadType of a recovery point message (D.1.1).</summary>
    private const int RecoveryPoint = 6;

    private const int NoUnit = -1;

    private int _type;
    private SeiMessages _sei;
    private bool _sequenceParameterSet;
    private bool _recoveryPoint;

    protected override bool HasEmulationPrevention => true;

    protected override void OnBegin()
    {
        _sequenceParameterSet = false;
        _recoveryPoint = false;
    }

    protected override void OnUnit() => _type = NoUnit;

    protected override AccessUnitVerdict OnByte(byte value, out bool more)
    {
        switch (_type)
        {
            case NoUnit:
                more = OnHeader(value & 0x1F);
                return AccessUnitVerdict.Undecided;
            case Sei:
                more = true;
                _recoveryPoint |= _sei.Next(value, out var message) && message == RecoveryPoint;
                return AccessUnitVerdict.Undecided;
            default:
                more = false;
                return OnSlice(value);
        }
    }

    private bool OnHeader(int type)
    {
        _type = type;
        _sei = default;
        _sequenceParameterSet |= type == SequenceParameterSet;
        AwaitsPicture |= type is >= Sei and <= AccessUnitDelimiter;
        return type is Slice or SliceDataPartitionA or IdrSlice or Sei;
    }

    /// <summary>
    /// A slice header begins with first_mb_in_slice and slice_type, both ue(v) (7.3.3, 9.1). A picture's first slice has 0 there,
    /// coded as the single bit 1, and the longest slice_type takes seven bits, so this one byte has both; and the unit's header
    /// before it is not 0, so it cannot be an emulation prevention byte.
    /// </summary>
    private AccessUnitVerdict OnSlice(byte value)
    {
        // Some later slice: the access unit began before this PES packet, or its first slice is lost.
        if ((value & 0x80) == 0)
            return AccessUnitVerdict.NotRandomAccess;

        return _type == IdrSlice || _recoveryPoint || (_sequenceParameterSet && IsIntra(value & 0x7F))
            ? AccessUnitVerdict.RandomAccess
            : AccessUnitVerdict.NotRandomAccess;
    }

    /// <summary>slice_type 2 or 7 is I, 4 or 9 is SI (table 7-6).</summary>
    private static bool IsIntra(int sevenBits)
    {
        var zeros = BitOperations.LeadingZeroCount((uint)sevenBits) - 25;
        return zeros <= 3 && ((sevenBits >> (6 - (2 * zeros))) - 1) is 2 or 4 or 7 or 9;
    }
}
