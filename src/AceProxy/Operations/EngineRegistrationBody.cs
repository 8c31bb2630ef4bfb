using System.Globalization;
using System.Text.Json;
using AceProxy.EngineApi;
using AceProxy.Engines;
using AceProxy.Telemetry;

namespace AceProxy.Operations;

/// <summary>
/// The body of <c>POST /api/engines</c>: <c>{"host": "10.0.0.5", "port": 6878, "forwarded": true}</c>, port and mark optional. A field it
/// does not know is refused: a misspelt <c>forwarded</c> must not pass for an engine without one.
/// </summary>
internal static class EngineRegistrationBody
{
    public static EngineAddress? Read(JsonElement root, out string parameter, out string problem)
    {
        string host = "";
        int port = EngineAddress.DefaultPort;
        bool isForwarded = false;
        (parameter, problem) = ("body", "is not an object such as {\"host\": \"10.0.0.5\", \"port\": 6878, \"forwarded\": true}");
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (JsonProperty field in root.EnumerateObject())
        {
            parameter = Words.Tame(field.Name);
            string shown = Words.Tame(EngineJson.Raw(field.Value));
            switch (field.Name)
            {
                case "host":
                    host = EngineJson.Text(root, "host") ?? "";
                    problem = $"is {shown}, which is not a host name or an address";
                    if (field.Value.ValueKind != JsonValueKind.String || !EngineAddress.IsHost(host))
                    {
                        return null;
                    }

                    break;
                case "port":
                    problem = $"is {shown}, which is not a number from 1 to 65535";
                    if (!int.TryParse(EngineJson.Text(root, "port"), NumberStyles.None, CultureInfo.InvariantCulture, out port)
                        || !EngineAddress.IsPort(port))
                    {
                        return null;
                    }

                    break;
                case "forwarded":
                    problem = $"is {shown}, which is neither true nor false";
                    if (field.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                    {
                        return null;
                    }

                    isForwarded = field.Value.GetBoolean();
                    break;
                default:
                    problem = "is not known; there are host, port and forwarded";
                    return null;
            }
        }

        (parameter, problem) = ("host", "is missing");
        return host.Length == 0 ? null : new EngineAddress(host, port, isForwarded);
    }
}
