using System.Collections.Frozen;
using System.Text.Json;

namespace AceProxy.Telemetry;

/// <summary>An enum's values as labels: <c>EndOfBody</c> is <c>end_of_body</c>.</summary>
internal static class EnumNames<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<T, string> Names =
        Enum.GetValues<T>().ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    public static IEnumerable<string> All => Names.Values;

    public static string Of(T value) => Names[value];
}
