#!/bin/sh
# Makes the clip that ClipBroadcast loops. Needs ffmpeg with libx264; run it in this directory.
#
# 9.6 s is the shortest span near ten seconds that both 25 fps video (240 frames) and 48 kHz AAC (450 frames of 1024
# samples) fill without a remainder, so the loop has no gap in either stream. The streams are encoded apart and joined
# afterwards: limited together, ffmpeg ends the audio as soon as the video has its frames.
set -eu
font=${FONT:-/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
text="drawbox=x=0:y=300:w=640:h=60:color=black@0.6:t=fill"
if [ -r "$font" ]; then
  text="$text,drawtext=fontfile=$font:text='AceProxy':x=24:y=312:fontsize=36:fontcolor=white"
  text="$text,drawtext=fontfile=$font:text='%{pts\:hms}':x=372:y=312:fontsize=36:fontcolor=white"
fi
ffmpeg -v error -y \
  -f lavfi -i "gradients=s=640x360:r=25:c0=0x102040:c1=0x2060a0:c2=0x40a0a0:nb_colors=3:seed=7:speed=0.02:d=10" \
  -f lavfi -i "color=c=0xffc040:s=48x48:r=25:d=10" \
  -filter_complex "[0][1]overlay=x='296+248*sin(2*PI*t/9.6)':y='126+96*sin(4*PI*t/9.6)',$text,format=yuv420p[v]" \
  -map "[v]" -frames:v 240 -c:v libx264 -profile:v high -preset veryslow -b:v 360k -maxrate 420k -bufsize 420k -bf 2 \
  -x264-params "keyint=50:min-keyint=50:scenecut=0:open-gop=0:threads=1" "$tmp/video.mp4"
ffmpeg -v error -y -f lavfi -i "aevalsrc='0.2*sin(2*PI*440*t)*(0.7+0.3*sin(2*PI*1.25*t))':s=48000:d=11" \
  -frames:a 450 -c:a aac -b:a 96k -ac 2 "$tmp/audio.nut"
ffmpeg -v error -y -i "$tmp/video.mp4" -i "$tmp/audio.nut" -map 0:v -map 1:a -c copy -bitexact \
  -f mpegts -mpegts_flags +pat_pmt_at_frames -pat_period 0.1 -pcr_period 20 -pes_payload_size 0 -muxdelay 0.7 \
  -metadata service_name=AceProxy -metadata service_provider=AceProxy demo.ts
