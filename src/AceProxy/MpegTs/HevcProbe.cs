namespace AceProxy.MpegTs;

/// <summary>
/// ITU-T H.265: an access point is a picture whose first slice segment is of a type from BLA_W_LP to CRA_NUT (7.4.2.2, table 7-1).
/// Pictures that lead a CRA picture and cannot be decoded are marked as such (RASL), and decoders drop them.
/// </summary>
internal sealed class HevcProbe : AccessUnitProbe
{
    private const int LastSliceType = 31;
    private const int FirstRandomAccessType = 16;
    private const int LastRandomAccessType = 21;
    private const int VideoParameterSet = 32;
    private const int AccessUnitDelimiter = 35;
    private const int PrefixSei = 39;

    private int _position;
    private int _type;
    private int _layer;

    protected override bool HasEmulationPrevention => true;

    protected override void OnBegin()
    {
    }

    protected override void OnUnit() => _position = 0;

    // Two bytes of header: forbidden_zero_bit, nal_unit_type 6, nuh_layer_id 6, nuh_temporal_id_plus1 3 (7.3.1.2). A slice
    // segment begins with first_slice_segment_in_pic_flag (7.3.6.1); the header's last byte is never 0, so no emulation
    // prevention byte can come before it.
    protected override AccessUnitVerdict OnByte(byte value, out bool more)
    {
        more = true;
        switch (_position++)
        {
            case 0:
                _type = value >> 1;
                _layer = (value & 1) << 5;
                break;
            case 1:
                _layer |= value >> 3;
                more = _layer == 0 && _type <= LastSliceType;
                AwaitsPicture |= _layer == 0 && _type is (>= VideoParameterSet and <= AccessUnitDelimiter) or PrefixSei;
                break;
            default:
                more = false;
                var firstSlice = (value & 0x80) != 0;
                return firstSlice && _type is >= FirstRandomAccessType and <= LastRandomAccessType
                    ? AccessUnitVerdict.RandomAccess
                    : AccessUnitVerdict.NotRandomAccess;
        }

        return AccessUnitVerdict.Undecided;
    }
}
